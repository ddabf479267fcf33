// npm start: the digits study. The first call launches it, each further one adds trials; then the best params are
// trained once more and scored on digits that no split has seen.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleStudy } from "../dist/study/bundle.js";
import { backendEnvironment } from "../dist/tensorflow/environment.js";
import { resolveBackend } from "../dist/tensorflow/resolve.js";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STUDY_FILE = join(ROOT, "studies", "digits.ts");
const BELAY = join(ROOT, "dist", "cli", "main.js");
const SEED = 1;

/**
 * Runs a program of ours on this terminal and waits until it has ended; Ctrl-C reaches it directly.
 *
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>} its exit code
 */
function run(args, env = {}) {
  const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...env } });
  const forward = () => child.kill("SIGTERM");
  const wait = () => {};
  process.on("SIGINT", wait).on("SIGTERM", forward);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      process.off("SIGINT", wait).off("SIGTERM", forward);
      resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]);
    });
  });
}

/**
 * What a command of Belay prints with --json; ends this program as the command did if it fails.
 *
 * @param {readonly string[]} args
 */
function ask(args) {
  const stdio = ["ignore", "pipe", "inherit"];
  const { status, stdout } = spawnSync(process.execPath, [BELAY, ...args, "--json"], {
    stdio,
    encoding: "utf8",
  });
  if (status !== 0) process.exit(status ?? 1);
  return JSON.parse(stdout);
}

/** Launches the study, or adds to it. Options of `npm start -- ...` are passed on, and come before ours. */
function runStudy() {
  const database = process.env.BELAY_DB ?? "belay.db";
  const isKnown = existsSync(database) && ask(["list"]).some(({ study }) => study === "digits");
  const [command, options] = isKnown
    ? [["resume", "digits"], { "--add": "4", "--workers": "2" }]
    : [
        ["launch", relative(process.cwd(), STUDY_FILE)],
        { "--trials": "6", "--workers": "2", "--seed": `${SEED}` },
      ];
  const given = process.argv.slice(2);
  const ours = Object.entries(options).filter(([name]) => !given.includes(name));
  const args = [...command, ...ours.flat(), ...given];
  console.log(`> belay ${args.join(" ")}`);
  return run([BELAY, ...args]);
}

/**
 * Scores the params in a process and a worker of their own, as a trial runs.
 *
 * @param {object} params
 */
async function scoreHeldOut(params) {
  const folder = mkdtempSync(join(tmpdir(), "belay-start-"));
  try {
    const bundle = await bundleStudy(STUDY_FILE, folder);
    const backend = await resolveBackend("auto", { fromDirectory: dirname(STUDY_FILE) });
    const work = JSON.stringify({ bundle: bundle.file, backend, params, seed: SEED });
    const env = backendEnvironment(backend.backend, { threads: 2 });
    return await run([join(ROOT, "scripts", "final-score.mjs"), work], env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const status = await runStudy();
if (status !== 0) process.exit(status);
const { best } = ask(["best", "digits"]);
console.log(`
trial ${best.number} is the best: accuracy ${best.value.toFixed(4)}, the mean of its 5 folds
  ${JSON.stringify(best.params)}`);
const scored = await scoreHeldOut(best.params);
if (scored !== 0) process.exit(scored);
console.log(`
what next:
  npx --no-install belay query digits --sort value:desc --limit 5
  npx --no-install belay show digits ${best.number}
  npx --no-install belay sql "select number, value, duration_ms from trial_results order by value desc"
  npm start                 goes on with the study: 4 trials more`);
