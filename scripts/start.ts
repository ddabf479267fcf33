// npm start: runs the digits study. The first call launches it, each further call adds trials. After each run the best
// params are trained once more and scored on digits that no split has seen. Options are passed on: npm start --
// --trials 12
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { askBelay, BELAY, TYPESCRIPT, waitFor } from "./run.ts";

const SCRIPTS = dirname(fileURLToPath(import.meta.url));

/** The part of `belay list --json` that is read here. */
interface ListedStudy {
  readonly study: string;
  readonly target: number;
  readonly trials: Readonly<Record<"complete" | "pruned" | "fail", number>>;
}

/** Runs Node on this terminal. If it fails, this process ends with the same exit code. */
async function run(args: readonly string[]): Promise<void> {
  const status = await waitFor(spawn(process.execPath, args, { stdio: "inherit" }));
  if (status !== 0) process.exit(status);
}

/** Launches the study or resumes it: to its end if it was interrupted, otherwise with more trials. */
async function runStudy(): Promise<void> {
  const options = process.argv.slice(2);
  const add = (defaults: Readonly<Record<string, string>>): number =>
    options.unshift(...Object.entries(defaults).flatMap((one) => (options.includes(one[0]) ? [] : one)));
  const database = process.env.BELAY_DB ?? "belay.db";
  const known = existsSync(database)
    ? askBelay<ListedStudy[]>(["list"]).find(({ study }) => study === "digits")
    : undefined;
  let command = ["resume", "digits"];
  if (known === undefined) {
    command = ["launch", relative(process.cwd(), join(dirname(SCRIPTS), "studies", "digits.ts"))];
    add({ "--trials": "6", "--seed": "1" });
  } else {
    const { complete, pruned, fail } = known.trials;
    const isFinished = complete + pruned + fail >= known.target;
    if (isFinished && !options.includes("--trials")) add({ "--add": "4" });
  }
  add({ "--workers": "2" });
  console.log(`> belay ${[...command, ...options].join(" ")}`);
  await run([BELAY, ...command, ...options]);
}

await runStudy();
console.log("\nTraining the best params once more, on all rows of the study ...");
await run([...TYPESCRIPT, join(SCRIPTS, "final-score.ts"), "digits"]);
console.log(`
What next:
  npx --no-install belay query digits --sort value:desc --limit 5
  npx --no-install belay best digits
  npx --no-install belay show digits 0
  npx --no-install belay sql "select number, value, duration_ms from trial_results order by value desc"
  npm start                 (goes on with the study: 4 trials more)`);
