// Measures what pruners save and cost on cross-validated problems of known true value, at equal numbers of splits:
//   npm run bench:prune -- [--python /path/to/python] [--seeds 40] [--budgets 250,500] [--pruners none,race] [--json]
// With --python Optuna's pruners run on the same problems with the same noise. --problems selects some of them.
// --orders given,informative runs each pruner with each of these orders of splits.
// --aggregate NAME computes a trial's value from its splits in another way: median, worst or spread.
import { fileURLToPath } from "node:url";
import { SPLIT_ORDERS, type SplitOrder } from "../../src/core/search/split-order.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { checkNames, machineText, print, progress, readArguments, table } from "./harness.ts";
import { startPeer } from "./peer.ts";
import { AGGREGATES, type Played, playOwn, playPeer } from "./prune/play.ts";
import { SPLIT_PROBLEMS } from "./prune/problems.ts";
import { mean } from "./statistics.ts";

const options = readArguments({
  python: null,
  sampler: "tpe",
  pruners: ["none", "median", "race"],
  orders: ["given"],
  against: ["none", "median", "wilcoxon", "hyperband"],
  problems: Object.keys(SPLIT_PROBLEMS),
  seeds: 40,
  budgets: [250, 500],
  aggregate: "mean",
});
const { seeds, budgets } = options;
const aggregate = options.aggregate as keyof typeof AGGREGATES;
checkNames("--aggregate", [aggregate], Object.keys(AGGREGATES));
checkNames("--orders", options.orders, SPLIT_ORDERS);
checkNames("--problems", options.problems, Object.keys(SPLIT_PROBLEMS));

/** The results of one problem with one pruner, one study for each seed. */
interface Result {
  readonly problem: string;
  readonly pruner: string;
  readonly studies: readonly Played[];
}

const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
};
/** The mean, and half the width of its 95 % interval. */
const withError = (values: readonly number[]): string => {
  const error = (1.96 * deviation(values)) / Math.sqrt(values.length);
  return `${mean(values).toPrecision(3)} +- ${error.toPrecision(2)}`;
};

/** Wilson's 95 % interval of a share, in percent. */
function shareText(part: number, of: number): string {
  if (of === 0) return "-";
  const z = 1.96;
  const middle = (part + z ** 2 / 2) / (of + z ** 2);
  const half = (z / (of + z ** 2)) * Math.sqrt((part * (of - part)) / of + z ** 2 / 4);
  const [low, high] = [Math.max(0, middle - half), middle + half].map((each) => (100 * each).toFixed(1));
  return `${((100 * part) / of).toFixed(1)} % [${low}, ${high}] of ${of}`;
}

function rowOf({ problem, pruner, studies }: Result, base: readonly Played[]): (string | number)[] {
  const sum = (read: (study: Played) => number): number =>
    studies.reduce((total, study) => total + read(study), 0);
  return [
    problem,
    pruner,
    Math.round(sum(({ trials }) => trials) / seeds),
    Math.round(sum(({ pruned }) => pruned) / seeds),
    ...budgets.flatMap((_, i) => [
      withError(studies.map(({ truth }) => truth[i]!)),
      studies === base ? "" : withError(studies.map(({ truth }, seed) => truth[i]! - base[seed]!.truth[i]!)),
    ]),
    shareText(
      sum(({ lost }) => lost),
      sum(({ chances }) => chances),
    ),
  ];
}

const results: Result[] = [];
const rows: (string | number)[][] = [];
const peer =
  options.python === null
    ? null
    : startPeer(options.python, fileURLToPath(new URL("optuna-peer.py", import.meta.url)));
for (const name of options.problems) {
  const problem = SPLIT_PROBLEMS[name]!();
  let base: readonly Played[] = [];
  const run = async (pruner: string, one: (seed: number) => Promise<Played>): Promise<void> => {
    const studies: Played[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      progress(`${name}, ${pruner}: ${seed + 1} of ${seeds}`);
      studies.push(await one(seed));
    }
    if (base.length === 0) base = studies;
    results.push({ problem: name, pruner, studies });
    rows.push(rowOf(results.at(-1)!, base));
  };
  for (const text of options.pruners)
    for (const order of options.orders as SplitOrder[])
      await run(options.orders.length > 1 ? `${text}, ${order}` : text, (seed) => {
        const parts = {
          sampler: samplers.make("--sampler", options.sampler),
          pruner: pruners.make("--pruners", text),
        };
        return playOwn(problem, { ...parts, order, seed, budgets, aggregate });
      });
  for (const pruner of peer ? options.against : [])
    await run(`optuna ${pruner}`, (seed) =>
      playPeer(problem, { peer: peer!, pruner, seed, budgets, aggregate }),
    );
}
peer?.close();
print(options.json, results, () => {
  const columns = budgets.flatMap((budget) => [`true value, ${budget} splits`, "beside the first"]);
  const text = table(["problem", "pruner", "trials", "pruned", ...columns, "best ones lost"], rows);
  return `${seeds} seeds, sampler ${options.sampler}; ${machineText()}\n\n${text}`;
});
