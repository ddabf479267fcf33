// Measures what --deterministic costs in quality: the best value after N trials of a sequential run, of 8 workers, and
// of 8 workers with a lag of 8, on functions whose optimum is known. Prints the median and quartiles of
// the regret over seeds.
//   npm run bench:lag -- [--trials 100] [--seeds 20] [--samplers tpe,random] [--json]
import { laggedHistory, liveHistory } from "../../src/coordinator/history-view.ts";
import { rng } from "../../src/core/rng.ts";
import type { FinishedTrial } from "../../src/core/search/history.ts";
import { suggest } from "../../src/core/search/sampler.ts";
import type { Distribution } from "../../src/core/space/distribution.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { checkNames, print, progress, readArguments, table } from "./harness.ts";
import { quantile } from "./statistics.ts";

const options = readArguments({ trials: 100, seeds: 20, samplers: ["tpe"] });
checkNames("--samplers", options.samplers, samplers.names);
const WORKERS = 8;
const LAG = 8;
const sum = (row: readonly number[], f: (x: number, i: number) => number): number =>
  row.reduce((total, x, i) => total + f(x, i), 0);
interface Problem {
  readonly dimensions: number;
  /** The box is [-half, half] in each dimension. */
  readonly half: number;
  readonly f: (row: readonly number[]) => number;
}

const PROBLEMS: Readonly<Record<string, Problem>> = {
  "sphere-5": { dimensions: 5, half: 5, f: (row) => sum(row, (x) => (x - 1) ** 2) },
  "rosenbrock-4": {
    ...{ dimensions: 4, half: 3 },
    f: (row) => sum(row.slice(1), (x, i) => 100 * (x - row[i]! ** 2) ** 2 + (1 - row[i]!) ** 2),
  },
  "ackley-5": {
    ...{ dimensions: 5, half: 10 },
    f: (row) =>
      20 +
      Math.E -
      20 * Math.exp(-0.2 * Math.sqrt(sum(row, (x) => (x - 2) ** 2) / 5)) -
      Math.exp(sum(row, (x) => Math.cos(2 * Math.PI * (x - 2))) / 5),
  },
};
interface Mode {
  readonly workers: number;
  readonly lag: number | null;
}

const MODES: Readonly<Record<string, Mode>> = {
  "1 worker": { workers: 1, lag: null },
  "8 workers": { workers: WORKERS, lag: null },
  "8 workers, lag 8": { workers: WORKERS, lag: LAG },
};

/** The regrets of a sampler in one mode, over all seeds. */
interface Figure {
  readonly sampler: string;
  readonly problem: string;
  readonly mode: string;
  readonly regrets: readonly number[];
}

const figures: Figure[] = [];
for (const sampler of options.samplers) {
  for (const [name, problem] of Object.entries(PROBLEMS)) {
    for (const [mode, how] of Object.entries(MODES)) {
      progress(`${sampler}, ${name}, ${mode} ...`);
      const regrets = Array.from({ length: options.seeds }, (_, seed) => regret(sampler, problem, how, seed));
      figures.push({ sampler, problem: name, mode, regrets });
    }
  }
}
progress("");
print(options.json, figures, () =>
  table(
    ["sampler", "problem", "mode", "median [quartiles]"],
    figures.map(({ sampler, problem, mode, regrets }) => {
      const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(regrets, share).toPrecision(3));
      return [sampler, problem, mode, `${middle} [${low}, ${high}]`];
    }),
  ),
);

/** The regret of a run whose trials take 1 to 3 units of time. */
function regret(
  name: string,
  { dimensions, half, f }: Problem,
  { workers, lag }: Mode,
  seed: number,
): number {
  const distribution: Distribution = { kind: "float", low: -half, high: half, log: false, step: null };
  const declared = Array.from(
    { length: dimensions },
    (_, i) => [`x${i}`, { distribution, conditions: [] }] as const,
  );
  const space = compileSpace(Object.fromEntries(declared));
  const history = lag === null ? liveHistory(space, 1) : laggedHistory(space, 1, lag);
  const sampler = samplers.make("sampler", name);
  const running: { number: number; row: Float64Array; by: string; ends: number }[] = [];
  let [number, time, best] = [0, 0, Number.POSITIVE_INFINITY];
  while (number < options.trials || running.length > 0) {
    if (number < options.trials && running.length < workers && history.ready(number)) {
      const asked = number++;
      const suggested = suggest(sampler, {
        ...{
          space,
          directions: ["minimize"],
          history: history.for(asked),
          number: asked,
          noise: false,
          trials: options.trials,
        },
        rng: (purpose) => rng(seed, asked, purpose),
        studyRng: (purpose) => rng(seed, -1, purpose),
      });
      if (suggested === null) throw new Error(`${name}: expected a proposal for trial ${asked}, got none`);
      const { row, by } = suggested;
      history.start(asked, row, by);
      running.push({ number: asked, row, by, ends: time + 1 + 2 * rng(seed, asked, "duration").next() });
      continue;
    }
    running.sort((a, b) => a.ends - b.ends);
    const { number: ended, row, by, ends } = running.shift()!;
    time = ends;
    const value = f([...row]);
    best = Math.min(best, value);
    const trial: FinishedTrial = {
      number: ended,
      state: "complete",
      reason: null,
      row,
      values: [value],
      constraints: [],
      overrun: 0,
      by,
      steps: [],
    };
    history.append(trial);
  }
  return best;
}
