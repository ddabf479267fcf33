// Measures what a verdict of each pruner costs with a long history:
//   npm run bench:verdict -- [--trials 10000] [--splits 5] [--lag 0] [--pruners 'median;halving(eta=2)']
// Each verdict follows a trial that has just finished, as in a run of one worker. With --lag the verdicts are those of a
// deterministic run, where more trials have finished than a verdict may use. Prints means, medians and 99th percentiles
// of 2,000 verdicts in CPU time, which depends less on other programs; reading the clock takes about a microsecond.
import { parseArgs } from "node:util";
import { laggedHistory, liveHistory } from "../../src/coordinator/history-view.ts";
import type { FinishedTrial } from "../../src/core/search/history.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { pruners } from "../../src/pruner/registry.ts";

const { values: options } = parseArgs({
  options: {
    trials: { type: "string", default: "10000" },
    splits: { type: "string", default: "5" },
    lag: { type: "string", default: "0" },
    pruners: {
      type: "string",
      default:
        "none;median;percentile(q=25);race;threshold(upper=2);patient(median, patience=1);halving;halving(eta=2);hyperband;wilcoxon",
    },
  },
});
const TRIALS = Number(options.trials);
const SPLITS = Number(options.splits);
const LAG = Number(options.lag);
const VERDICTS = 2_000;
const ROW = new Float64Array();

/** A trial with splits of different hardness, and noise from a Weyl sequence, so that every run has the same trials. */
function trialOf(number: number): FinishedTrial {
  const noise = (k: number): number => ((number * 0.618033988749895 + k * 0.7548776662466927) % 1) - 0.5;
  const value = 1 + noise(0);
  const steps = Array.from({ length: SPLITS }, (_, step) => ({
    step,
    value: value + step / 10 + noise(step + 1) / 5,
  }));
  const mean = steps.reduce((sum, step) => sum + step.value, 0) / SPLITS;
  const base = { number, row: ROW, constraints: [], overrun: 0 };
  if (number % 3 === 0) return { ...base, steps, state: "complete", reason: null, values: [mean] };
  if (number % 11 === 0)
    return { ...base, steps: steps.slice(0, 3), state: "pruned", reason: "memory-limit", values: [] };
  return {
    ...base,
    steps: steps.slice(0, 1 + (number % SPLITS)),
    state: "pruned",
    reason: "pruner",
    values: [],
  };
}

/** Times each verdict in microseconds of CPU time, and the first one apart, because it reads the whole history. */
function measure(spec: string, reports: boolean): { first: number; each: number[] } {
  const pruner = pruners.make("--pruners", spec);
  const space = compileSpace({});
  const view = LAG > 0 ? laggedHistory(space, 1, LAG) : liveHistory(space, 1);
  for (let number = 0; number < TRIALS; number++) view.append(trialOf(number));
  const each: number[] = [];
  for (let k = 0; k <= VERDICTS + SPLITS; k++) {
    const number = TRIALS + k - (LAG > 0 ? (3 * k) % LAG : 0); // A deterministic run judges older trials between newer ones.
    const trial = { number, row: ROW, steps: trialOf(number).steps.slice(0, 1 + (k % (SPLITS - 1))) };
    const totalSteps = reports ? null : SPLITS;
    const history = view.for(number);
    const before = process.cpuUsage();
    pruner.judge({ history, directions: ["minimize"], trial, totalSteps });
    const { user, system } = process.cpuUsage(before);
    each.push(user + system);
    view.append(trialOf(TRIALS + k));
  }
  const first = Math.max(...each.slice(0, SPLITS));
  return { first, each: each.slice(SPLITS).sort((a, b) => a - b) };
}

const at = (sorted: readonly number[], share: number): string =>
  sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(0);
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const lagText = LAG > 0 ? `, lag ${LAG}` : "";
console.log(
  `${TRIALS} trials of ${SPLITS} splits or reports${lagText}; microseconds of processor time a verdict`,
);
console.log("| pruner | of | mean | median | 99 % | the first |\n| --- | --- | --- | --- | --- | --- |");
for (const spec of options.pruners.split(";"))
  for (const reports of [false, true]) {
    measure(spec, reports); // Not counted: it warms the compiler up.
    const { first, each } = measure(spec, reports);
    const figures = [meanOf(each).toFixed(1), at(each, 0.5), at(each, 0.99), first.toFixed(0)];
    console.log(`| \`${spec}\` | ${reports ? "reports" : "splits"} | ${figures.join(" | ")} |`);
  }
