// Measures what a study gains by the trials of another one, and what it loses where they mislead:
//   npm run bench:learn -- [--samplers tpe,gp] [--problems hartmann6,rosenbrock-5] [--trials 50] [--seeds 20]
//     [--from 0] [--json]
// The other study has as many trials, and the same sampler. It is of the same function, moved by a twentieth of each
// range; of the function with its sign turned, so that it leads to the worst params; or of one that has nothing to do
// with it.
import type { Params } from "../../../src/core/space/space.ts";
import { askTell } from "../../../src/index.ts";
import { samplers } from "../../../src/sampler/registry.ts";
import { checkNames, machineText, print, progress, readArguments, table } from "../harness.ts";
import { gauss } from "../noise.ts";
import { FIRST_SCALAR } from "../problems/first.ts";
import type { ScalarProblem, Vector } from "../problems/problem.ts";
import { mean, median, quantile, wilcoxon } from "../statistics.ts";

const options = readArguments({
  samplers: ["tpe", "gp"],
  problems: ["hartmann6", "rosenbrock-5"],
  trials: 50,
  seeds: 20,
  from: 0,
});
checkNames("--problems", options.problems, Object.keys(FIRST_SCALAR));
for (const sampler of options.samplers) samplers.make("--samplers", sampler);

/** How the objective of the other study follows from that of this one; null: there is no other study. */
const SOURCES = ["none", "helpful", "negated", "unrelated"] as const;
type SourceName = (typeof SOURCES)[number];

const SHIFT = 0.05;

type Objective = (params: Readonly<Record<string, unknown>>) => number;

/** The objective of the other study. */
function sourceObjective({ space, evaluate }: ScalarProblem, name: SourceName, seed: number): Objective {
  if (name === "negated") return (params) => -evaluate(params as Parameters<typeof evaluate>[0]);
  const ranges = Object.entries(space).map(([param, { distribution }]) => {
    if (distribution.kind === "categorical") throw new Error("expected a problem of numbers");
    return { param, low: distribution.low, width: distribution.high - distribution.low };
  });
  if (name === "helpful")
    return (params) => {
      const moved = ranges.map(({ param, width }, i) => [
        param,
        Number(params[param]) + (i % 2 ? 1 : -1) * SHIFT * width,
      ]);
      return evaluate(Object.fromEntries(moved));
    };
  const center: Vector = ranges.map((_, i) => Math.abs(gauss(1e6 + seed, i)) % 1);
  return (params) =>
    ranges.reduce(
      (sum, { param, low, width }, i) => sum + ((Number(params[param]) - low) / width - center[i]!) ** 2,
      0,
    );
}

type Trials = readonly { readonly params: Params; readonly told: number }[];

/** Plays a study. @returns its trials, in order. */
function play(
  problem: ScalarProblem,
  objective: Objective,
  sampler: string,
  seed: number,
  learnFrom?: Trials,
): Trials {
  const search = askTell({
    space: problem.space,
    sampler: samplers.make("--samplers", sampler),
    seed,
    trials: options.trials,
    ...(learnFrom && { learnFrom }),
  });
  return Array.from({ length: options.trials }, () => {
    const { number, params } = search.ask()!;
    const told = objective(params);
    search.tell(number, told);
    return { params, told };
  });
}

/** How far the best value of the first trials lies above the optimum. */
const regretAt = (problem: ScalarProblem, trials: Trials, count: number): number =>
  Math.max(
    1e-12,
    trials.slice(0, count).reduce((best, { told }) => Math.min(best, told), Infinity) - problem.optimum,
  );

const checkpoints = [Math.ceil(options.trials / 4), Math.ceil(options.trials / 2), options.trials];
const figures = options.samplers.flatMap((sampler) =>
  options.problems.flatMap((name) => {
    const problem = FIRST_SCALAR[name]!;
    const regrets = new Map<SourceName, number[][]>(SOURCES.map((source) => [source, []]));
    for (let seed = options.from; seed < options.from + options.seeds; seed++) {
      progress(`${sampler}, ${name}, seed ${seed} ...`);
      for (const source of SOURCES) {
        const other =
          source === "none"
            ? undefined
            : play(problem, sourceObjective(problem, source, seed), sampler, 1000 + seed);
        const trials = play(problem, problem.evaluate as Objective, sampler, seed, other);
        regrets.get(source)!.push(checkpoints.map((count) => regretAt(problem, trials, count)));
      }
    }
    const alone = regrets.get("none")!;
    return SOURCES.map((source) => ({
      sampler,
      problem: name,
      source,
      at: checkpoints.map((count, c) => {
        const own = regrets.get(source)!.map((row) => row[c]!);
        const base = alone.map((row) => row[c]!);
        return {
          trials: count,
          median: median(own),
          quartiles: [quantile(own, 0.25), quantile(own, 0.75)],
          ratio: Math.exp(mean(own.map((regret, i) => Math.log(regret / base[i]!)))),
          p: wilcoxon(own.map(Math.log), base.map(Math.log)).p,
        };
      }),
    }));
  }),
);
progress("");
print(options.json, figures, () => {
  const rows = figures.map(({ sampler, problem, source, at }) => [
    sampler,
    problem,
    source,
    ...at.map(
      (each) => `${each.median.toPrecision(3)} (x${each.ratio.toFixed(2)}, p ${each.p.toPrecision(1)})`,
    ),
  ]);
  const columns = checkpoints.map((count) => `after ${count} trials`);
  return `Regret, median of ${options.seeds} seeds (geometric mean of the ratios to the study without another one)\n\n${table(["sampler", "problem", "other study", ...columns], rows)}\n\n${machineText()}`;
});
