// Runs the tests on several versions of Node, each in a clean clone of HEAD, as a user would: clone, npm ci, test.
//
//   npm run node-versions
//   npm run node-versions -- --versions 20.19.0,22 --command "npx vitest run test/sqlite"
//
//   --versions LIST   versions of Node, separated by commas: exact (20.19.0), or the newest of a line (22, 20.19).
//                     Default: 20.19.0 (the lowest that package.json allows), 20.19, 22, 24
//   --command TEXT    shell command to run after npm ci. Default: npm test
//   --keep            keep the temporary folder, with the clones and a log for each version; its path is printed
//
// One version runs at a time. The binaries come from npm: `node@VERSION` has a package for each platform, which also
// has the headers, so that native addons are compiled for exactly the version that will load them. Changes that are not
// committed are not tested. The exit code is 1 if any version failed, 2 if the options are wrong. Linux and macOS.

import { spawn } from "node:child_process";
import {
  chmodSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DEFAULT_VERSIONS = "20.19.0,20.19,22,24";
const TAIL_LINES = 40;

const { versions, command, keep } = readOptions();
const folder = mkdtempSync(join(tmpdir(), "belay-node-versions-"));
chmodSync(folder, 0o755); // Some tests run the build as an unprivileged user.
process.on("exit", () => {
  if (!keep) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

if (await output("git", ["status", "--porcelain"])) console.log("not tested: changes that are not committed");
const commit = await output("git", ["rev-parse", "HEAD"]);
let failed = 0;
for (const version of versions) {
  const verdict = await testOn(version);
  console.log(`${verdict.node.padEnd(10)} ${String(verdict.seconds).padStart(5)} s  ${verdict.result}`);
  if (!verdict.ok) {
    failed++;
    console.log(verdict.tail);
  }
}
if (keep) console.log(`kept: ${folder}`);
process.exitCode = failed > 0 ? 1 : 0;

function readOptions(): { versions: string[]; command: string; keep: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        versions: { type: "string", default: DEFAULT_VERSIONS },
        command: { type: "string", default: "npm test" },
        keep: { type: "boolean", default: false },
      },
    });
    const list = values.versions.split(",").map((version) => version.trim().replace(/^v/, ""));
    const wrong = list.find((version) => !/^\d+(\.\d+){0,2}$/.test(version));
    if (wrong !== undefined)
      throw new Error(`--versions: expected versions such as 20.19.0 or 22, got "${wrong}"`);
    if (process.platform === "win32") throw new Error("this script knows Linux and macOS only");
    return { versions: list, command: values.command, keep: values.keep };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

interface Verdict {
  readonly ok: boolean;
  readonly node: string;
  readonly seconds: number;
  readonly result: string;
  readonly tail: string;
}

type Step = readonly [
  name: string,
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
];

/** Tests one version, from its binary to the command. The first step that fails ends it. */
async function testOn(version: string): Promise<Verdict> {
  const began = performance.now();
  const place = join(folder, version);
  const clone = join(place, "clone");
  const log = join(place, "log.txt");
  mkdirSync(place, { recursive: true });
  const home = join(place, "node_modules", platformPackage());
  const env = environment(home);
  const steps: readonly Step[] = [
    [
      "install node",
      "npm",
      ["install", "--no-save", "--prefix", place, `${platformPackage()}@${version}`],
      ROOT,
      clean(),
    ],
    ["git clone", "git", ["clone", "--quiet", ROOT, clone], place, clean()],
    ["git checkout", "git", ["checkout", "--quiet", "--detach", commit], clone, clean()],
    ["npm ci", "npm", ["ci"], clone, env],
    [command, "/bin/sh", ["-c", command], clone, env],
  ];
  let node = version;
  let result = "ok";
  for (const [name, program, args, cwd, stepEnv] of steps) {
    const code = await run(program, args, { cwd, env: stepEnv, log });
    if (code === 0 && name === "install node") {
      if (!existsSync(join(home, "include", "node", "node.h")))
        throw new Error(`${home}: expected Node's headers in it`);
      node = await output(join(home, "bin", "node"), ["-v"]);
    }
    if (code === 0) continue;
    result = `failed: ${name} (${typeof code === "number" ? `exit code ${code}` : code})`;
    break;
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const tail = existsSync(log)
    ? readFileSync(log, "utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n")
    : "";
  if (!keep) rmSync(place, { recursive: true, force: true });
  return { ok: result === "ok", node, seconds, result, tail };
}

/** The npm package that holds the binary and the headers of `node@VERSION` for this machine. */
function platformPackage(): string {
  const { platform, arch } = process;
  return `${platform === "darwin" && arch === "arm64" ? "node-bin" : "node"}-${platform}-${arch}`;
}

/** This process's environment without what `npm run` and the user have set for the Node that runs this script. */
function clean(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|node_execpath|execpath|command)/.test(name),
  );
  const env: NodeJS.ProcessEnv = Object.fromEntries(entries);
  delete env.NODE_OPTIONS;
  return env;
}

/** The environment in which `node` and npm are of the version in `home`, and addons are compiled with its headers. */
function environment(home: string): NodeJS.ProcessEnv {
  const env = clean();
  const path = (env.PATH ?? "")
    .split(delimiter)
    .filter((entry) => !entry.endsWith(join("node_modules", ".bin")));
  return { ...env, PATH: [join(home, "bin"), ...path].join(delimiter), npm_config_nodedir: home };
}

/**
 * Runs a program and appends its output to the log.
 *
 * @returns the exit code, or the reason why there is none.
 */
function run(
  program: string,
  args: readonly string[],
  { cwd, env, log }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly log: string },
): Promise<number | string> {
  return new Promise((resolve) => {
    const file = createWriteStream(log, { flags: "a" });
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    child.on("error", (error) => file.end(`${error.message}\n`, () => resolve(error.message)));
    child.on("close", (code, signal) => file.end(() => resolve(code ?? signal ?? "no exit code")));
  });
}

/** The output of a program, trimmed; empty if the program fails. */
function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.on("error", () => resolve(""));
    child.on("close", (code) => resolve(code === 0 ? text.trim() : ""));
  });
}
