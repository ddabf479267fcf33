// Builds the native addon of @tensorflow/tfjs-node-gpu (or -node) against a libtensorflow that you have, for machines
// where its own download is out of reach. Opt-in: nothing else needs it. Needs make, a C++ compiler and python3
// (node-gyp).
//
//   npm run native-tensorflow -- --pip                 takes the library from the Python package tensorflow-cpu
//   npm run native-tensorflow -- --wheel FILE.whl      the same, from a wheel that is on this machine
//   npm run native-tensorflow -- --lib FOLDER          an unpacked libtensorflow: FOLDER/include and FOLDER/lib,
//                                                            or the folder of an installed Python package `tensorflow`
//   ... --package @tensorflow/tfjs-node                      default @tensorflow/tfjs-node-gpu
//   ... --project FOLDER                                     whose node_modules it goes to; default this one
//
// The addon and its libraries are put into the package's folder, so `npm ci` removes them again.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** The version that was tried. Later ones should do: libtensorflow's C interface only ever grows. */
const WHEEL = "tensorflow-cpu==2.21.0";
const VERSION = "4.22.0";
/** The tool that compiles the addon; it comes with the package. */
const BUILDER = "@mapbox/node-pre-gyp";
const LIBRARIES = {
  "libtensorflow.so": ["libtensorflow_cc.so.2", "libtensorflow.so.2", "libtensorflow.so"],
  "libtensorflow_framework.so": ["libtensorflow_framework.so.2", "libtensorflow_framework.so"],
};
/** The addon includes only these of the 13,000 headers of a wheel. */
const HEADERS = ["tensorflow/c/", "tensorflow/core/platform/ctstring", "tsl/platform/ctstring", "xla/tsl/c/"];

const { values: options } = parseArgs({
  options: {
    pip: { type: "boolean", default: false },
    wheel: { type: "string" },
    lib: { type: "string" },
    package: { type: "string", default: "@tensorflow/tfjs-node-gpu" },
    project: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) },
  },
});

try {
  await main();
} catch (error) {
  console.error(`native-tensorflow: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const sources = [options.pip && "--pip", options.wheel && "--wheel", options.lib && "--lib"].filter(
    Boolean,
  );
  if (sources.length !== 1)
    throw new Error(
      `expected one of --pip, --wheel FILE, --lib FOLDER, got ${sources.join(" and ") || "none"}`,
    );
  if (process.platform !== "linux") throw new Error(`expected Linux, got ${process.platform}`);
  const root = installedPackage();
  const deps = join(root, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  if (options.lib) linkLibrary(resolve(options.lib), deps);
  else if (options.wheel) unpackWheel(resolve(options.wheel), deps);
  else inTemporary((folder) => unpackWheel(downloadWheel(folder), deps));
  linkNames(join(deps, "lib"));
  build(root);
  await tryIt();
}

/** The folder of the package, without the package's own install script, which would try to download the library. */
function installedPackage(): string {
  const folder = join(resolve(options.project), "node_modules", options.package);
  if (!existsSync(join(folder, "binding.gyp"))) {
    say(`${options.package}@${VERSION}: installing, without its own download`);
    const flags = ["install", "--no-save", "--ignore-scripts", `${options.package}@${VERSION}`];
    execFileSync("npm", flags, { cwd: options.project, stdio: ["ignore", "ignore", "inherit"] });
  }
  return folder;
}

function downloadWheel(folder: string): string {
  say(`${WHEEL}: downloading with pip (about 270 MB)`);
  // Any Python version will do: the library in the wheel does not depend on it.
  const flags = ["--no-deps", "--only-binary=:all:", "--python-version", "3.11", "--dest", folder];
  run("python3", ["-m", "pip", "download", "--quiet", ...flags, WHEEL]);
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`${WHEEL}: expected a wheel from pip, got none`);
  return join(folder, wheel);
}

/** Unpacks a wheel, which is a zip archive with the library and the headers under `tensorflow/`. */
function unpackWheel(wheel: string, deps: string): void {
  if (!existsSync(wheel)) throw new Error(`--wheel: expected a file, got none at ${wheel}`);
  say(`${wheel}: unpacking the library (about 850 MB) and its headers`);
  const script = `
import json, os, shutil, sys, zipfile
wheel, deps, headers = sys.argv[1], sys.argv[2], tuple(json.loads(sys.argv[3]))
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.endswith("/"): continue
        if name.startswith("tensorflow/include/") and name[19:].startswith(headers): path = "include/" + name[19:]
        elif name.startswith("tensorflow/libtensorflow"): path = "lib/" + os.path.basename(name)
        else: continue
        target = os.path.join(deps, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(name) as source, open(target, "wb") as out: shutil.copyfileobj(source, out, 1 << 20)
`;
  run("python3", ["-c", script, wheel, deps, JSON.stringify(HEADERS)]);
}

/** Links the library. An unpacked archive has include/ and lib/; a Python package has the libraries beside include/. */
function linkLibrary(folder: string, deps: string): void {
  const include = join(folder, "include");
  if (!existsSync(join(include, "tensorflow/c/c_api.h")))
    throw new Error(`--lib: expected include/tensorflow/c/c_api.h in ${folder}, got none`);
  symlinkSync(include, join(deps, "include"));
  const libraries = existsSync(join(folder, "lib")) ? join(folder, "lib") : folder;
  for (const name of readdirSync(libraries).filter((name) => name.startsWith("libtensorflow")))
    symlinkSync(join(libraries, name), join(deps, "lib", name));
}

/** Links the libraries under the names that the linker looks for. */
function linkNames(folder: string): void {
  for (const [name, candidates] of Object.entries(LIBRARIES)) {
    const found = candidates.find((candidate) => existsSync(join(folder, candidate)));
    if (!found) throw new Error(`expected one of ${candidates.join(", ")} in ${folder}, got none`);
    if (found !== name && !existsSync(join(folder, name))) symlinkSync(found, join(folder, name));
  }
}

function build(root: string): void {
  say(`${options.package}: compiling the addon`);
  const require = createRequire(join(root, "package.json"));
  const preGyp = join(dirname(require.resolve(`${BUILDER}/package.json`)), "bin/node-pre-gyp");
  // Node's headers are used if they came with this Node; otherwise node-gyp downloads them.
  const beside = dirname(dirname(process.execPath));
  const nodedir = existsSync(join(beside, "include/node/node.h")) ? { npm_config_nodedir: beside } : {};
  const env = { ...nodedir, ...process.env };
  const { status, stdout, stderr } = spawnSync(process.execPath, [preGyp, "install", "--build-from-source"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (status === 0) return;
  throw new Error(`the addon does not compile:\n${`${stdout}${stderr}`.split("\n").slice(-40).join("\n")}`);
}

/** Loads the backend as a study of the project would: in a worker_thread of a temporary process. */
async function tryIt(): Promise<void> {
  const { resolveBackend } = await import("../src/tensorflow/resolve.ts");
  const {
    backend,
    package: name,
    version,
    refused,
  } = await resolveBackend("auto", {
    fromDirectory: resolve(options.project),
  });
  for (const refusal of refused)
    say(`${refusal.backend}: ${refusal.package}: ${refusal.message} (${refusal.reason})`);
  say(`backend auto is now: ${backend} (${name} ${version})`);
  if (backend !== "gpu" && backend !== "node") throw new Error("the addon was built, and does not work");
}

function inTemporary(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "belay-native-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, words: readonly string[]): void {
  try {
    execFileSync(command, words, { stdio: ["ignore", "inherit", "inherit"] });
  } catch (cause) {
    const error = cause as { readonly status?: number; readonly code?: string };
    throw new Error(
      `${command} failed (${error.status ?? error.code}): ${words.slice(0, 3).join(" ").split("\n")[0]}`,
    );
  }
}

function say(line: string): void {
  console.log(line);
}
