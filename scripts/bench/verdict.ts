// Measures what a verdict of each pruner costs with a long history:
//   npm run bench:verdict -- [--trials 10000] [--splits 5] [--pruners 'median;halving(eta=2)']
// Each verdict follows a trial that has just finished, as in a run of one worker. Prints medians and 99th percentiles
// of 2,000 verdicts.
import { parseArgs } from "node:util";
import { type FinishedTrial, TrialHistory } from "../../src/core/search/history.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { pruners } from "../../src/pruner/registry.ts";

const { values: options } = parseArgs({
  options: {
    trials: { type: "string", default: "10000" },
    splits: { type: "string", default: "5" },
    pruners: {
      type: "string",
      default:
        "none;median;percentile(q=25);race;threshold(upper=2);patient(median, patience=1);halving;halving(eta=2);hyperband;wilcoxon",
    },
  },
});
const TRIALS = Number(options.trials);
const SPLITS = Number(options.splits);
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
  const base = { number, row: ROW, constraints: [], overrun: 0 };
  if (number % 3 === 0) return { ...base, steps, state: "complete", reason: null, values: [value] };
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

/** Times each verdict in microseconds, and the first one apart, because it reads the whole history. */
function measure(spec: string, reports: boolean): { first: number; each: number[] } {
  const pruner = pruners.make("--pruners", spec);
  const history = new TrialHistory(compileSpace({}), 1);
  for (let number = 0; number < TRIALS; number++) history.append(trialOf(number));
  const each: number[] = [];
  for (let k = 0; k <= VERDICTS + SPLITS; k++) {
    const { steps } = trialOf(TRIALS + k);
    const trial = { number: TRIALS + k, row: ROW, steps: steps.slice(0, 1 + (k % (SPLITS - 1))) };
    const began = process.hrtime.bigint();
    pruner.judge({ history, directions: ["minimize"], trial, totalSteps: reports ? null : SPLITS });
    each.push(Number(process.hrtime.bigint() - began) / 1_000);
    history.append(trialOf(TRIALS + k));
  }
  const first = Math.max(...each.slice(0, SPLITS));
  return { first, each: each.slice(SPLITS).sort((a, b) => a - b) };
}

const at = (sorted: readonly number[], share: number): string =>
  sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);

console.log(`${TRIALS} trials of ${SPLITS} splits or reports; microseconds a verdict`);
console.log("| pruner | of | median | 99 % | the first |\n| --- | --- | --- | --- | --- |");
for (const spec of options.pruners.split(";"))
  for (const reports of [false, true]) {
    measure(spec, reports); // Not counted: it warms the compiler up.
    const { first, each } = measure(spec, reports);
    console.log(
      `| \`${spec}\` | ${reports ? "reports" : "splits"} | ${at(each, 0.5)} | ${at(each, 0.99)} | ${first.toFixed(0)} |`,
    );
  }
