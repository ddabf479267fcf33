// npm start: the digits study. The first call launches it, each further one adds trials; then the best params are
// trained once more and scored on digits that no split has seen. Options are passed on: npm start -- --trials 12
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { askBelay, BELAY, waitFor } from "./run.mjs";

const SCRIPTS = dirname(fileURLToPath(import.meta.url));

/** Runs a program of ours on this terminal; ends this one as it did, if it fails. */
async function run(/** @type {readonly string[]} */ args) {
  const status = await waitFor(spawn(process.execPath, args, { stdio: "inherit" }));
  if (status !== 0) process.exit(status);
}

/** Launches the study, or adds to it. */
async function runStudy() {
  const database = process.env.BELAY_DB ?? "belay.db";
  const isKnown = existsSync(database) && askBelay(["list"]).some(({ study }) => study === "digits");
  const file = relative(process.cwd(), join(dirname(SCRIPTS), "studies", "digits.ts"));
  const [command, options] = isKnown
    ? [["resume", "digits"], { "--add": "4", "--workers": "2" }]
    : [["launch", file], { "--trials": "6", "--workers": "2", "--seed": "1" }];
  const given = process.argv.slice(2);
  const ours = Object.entries(options).filter(([name]) => !given.includes(name));
  const args = [...command, ...ours.flat(), ...given];
  console.log(`> belay ${args.join(" ")}`);
  await run([BELAY, ...args]);
}

await runStudy();
console.log("\nTraining the best params once more, on all rows of the study ...");
await run([join(SCRIPTS, "final-score.mjs"), "digits"]);
console.log(`
What next:
  npx --no-install belay query digits --sort value:desc --limit 5
  npx --no-install belay best digits
  npx --no-install belay show digits 0
  npx --no-install belay sql "select number, value, duration_ms from trial_results order by value desc"
  npm start                 (goes on with the study: 4 trials more)`);
