// The tables of the quality benchmark.

import { table } from "../harness.ts";
import { mean, median, quantile } from "../statistics.ts";
import type { Run } from "./play.ts";
import { type Cube, type Interval, meanRanks, tally } from "./ranks.ts";

/** All studies of a problem: for each sampler one for each seed. */
export interface Played {
  readonly problem: string;
  readonly runs: readonly (readonly Run[])[];
  /** Smaller regrets count as equal to this one. */
  readonly floor: number;
}

/** A group of problems that are averaged over. */
export interface Results {
  readonly title: string;
  /** Names of the samplers, Belay's first. */
  readonly samplers: readonly string[];
  /** How many of the samplers are Belay's. */
  readonly own: number;
  readonly checkpoints: readonly number[];
  readonly played: readonly Played[];
}

/** A regret that stands for none: no feasible trial yet. */
const NONE = 1e300;

/** Regrets at checkpoint `c`. A study that has nothing feasible yet is worse than any other. */
function cubeOf({ played, samplers }: Results, c: number): Cube {
  return played.map(({ runs, floor }) =>
    runs[0]!.map((_, seed) =>
      samplers.map((_name, k) => Math.max(floor, runs[k]![seed]!.regrets[c] ?? NONE)),
    ),
  );
}

const number = (value: number): string => (value < NONE / 10 ? value.toPrecision(3) : "none");

/** The median and the quartiles. */
function spread(values: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => number(quantile(values, share)));
  return `${middle} [${low}, ${high}]`;
}

const interval = ({ mean: middle, low, high }: Interval): string =>
  `${middle.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** The regrets of all problems at a checkpoint. */
export function regretText(results: Results, c: number): string {
  const { title, samplers, checkpoints, played } = results;
  const cube = cubeOf(results, c);
  const rows = played.map(({ problem }, p) => [
    problem,
    ...samplers.map((_, k) => spread(cube[p]!.map((row) => row[k]!))),
  ]);
  return `${title}: regret after ${checkpoints[c]} trials, ${cube[0]!.length} seeds: median [quartiles]

${table(["problem", ...samplers], rows)}`;
}

/** The mean ranks of the samplers at all checkpoints. */
export function rankText(results: Results): string {
  const { title, samplers, checkpoints, played } = results;
  const placed = checkpoints.map((_, c) => meanRanks(cubeOf(results, c)));
  const columns = checkpoints.flatMap((trials) => [`rank, ${trials} trials`, "behind the first"]);
  const rows = samplers.map((sampler, k) => [
    sampler,
    ...placed.flatMap((placing) => [interval(placing[k]!.rank), interval(placing[k]!.behind)]),
  ]);
  return `${title}: mean rank over ${played.length} problems and their seeds [95 %]

${table(["sampler", ...columns], rows)}`;
}

/** How often a sampler of Belay wins and loses against each other one, at a checkpoint. */
export function tallyText(results: Results, c: number): string {
  const { title, samplers, own, checkpoints, played } = results;
  const cube = cubeOf(results, c);
  const lost: string[] = [];
  const rows = samplers.slice(0, own).map((sampler, a) => [
    sampler,
    ...samplers.map((other, b) => {
      if (a === b) return "";
      const { better, worse, level } = tally(cube, a, b);
      if (worse.length > 0 && b >= own)
        lost.push(`${sampler} loses to ${other} on ${worse.map((p) => played[p]!.problem).join(", ")}.`);
      return `${better.length} / ${worse.length} / ${level}`;
    }),
  ]);
  const head = `${title}: after ${checkpoints[c]} trials, on how many of ${played.length} problems better / worse (Wilcoxon, p < 0.05) / with a median that is lower or equal`;
  return [head, "", table(["", ...samplers], rows), ...(lost.length > 0 ? ["", ...lost] : [])].join("\n");
}

/** The processor time of the samplers over a whole study. */
export function costText({ title, samplers, own, checkpoints, played }: Results): string {
  const costs = played.map(({ runs }) => runs.map((of) => median(of.map(({ cpuMs }) => cpuMs))));
  const rows = played.map(({ problem }, p) => [problem, ...costs[p]!.map((cost) => cost.toPrecision(3))]);
  const means = ["mean", ...samplers.map((_, k) => mean(costs.map((row) => row[k]!)).toPrecision(3))];
  const shares = samplers
    .slice(0, own)
    .flatMap((sampler, a) =>
      samplers
        .slice(own)
        .map(
          (other, b) =>
            `${sampler} / ${other}: ${median(costs.map((row) => row[a]! / row[own + b]!)).toPrecision(2)}`,
        ),
    );
  const text = `${title}: processor time of all asks and tells of ${checkpoints.at(-1)} trials in ms, median

${table(["problem", ...samplers], [...rows, means])}`;
  return shares.length === 0 ? text : `${text}\n\nMedian of the shares: ${shares.join(", ")}`;
}

/** The trials that were killed or failed; null if that cannot happen. */
export function killText({ title, samplers, checkpoints, played }: Results): string | null {
  const deadly = played.filter(({ runs }) => runs.some((of) => of.some(({ killed }) => killed[0] > 0)));
  if (deadly.length === 0) return null;
  const trials = checkpoints.at(-1)!;
  const halves = [Math.ceil(trials / 2), Math.max(1, Math.floor(trials / 2))] as const;
  const share = (of: readonly Run[], side: 0 | 1): string =>
    `${((100 * mean(of.map(({ killed }) => killed[side]))) / halves[side]).toFixed(1)} %`;
  const rows = deadly.map(({ problem, runs }) => [
    problem,
    ...runs.map((of) => `${share(of, 0)} / ${share(of, 1)}`),
  ]);
  return `${title}: killed and failed trials, share of the first half of ${trials} trials / of the second, mean

${table(["problem", ...samplers], rows)}`;
}

/**
 * What running several trials at a time costs: by how much the regret is higher than one at a time, as a share of what
 * random search has, mean over the seeds.
 */
export function lossText(
  sequential: Results,
  parallel: Results,
  scaleOf: (problem: string) => number,
): string {
  const { title, samplers, own, checkpoints, played } = parallel;
  const last = checkpoints.length - 1;
  const [before, after] = [cubeOf(sequential, last), cubeOf(parallel, last)];
  const losses = played.map(({ problem }, p) => {
    const scale = scaleOf(problem);
    // A study without a feasible trial counts like random search.
    const shareOf = (regret: number): number => (regret < NONE ? regret / scale : 1);
    return samplers.map((_, k) =>
      mean(after[p]!.map((row, seed) => shareOf(row[k]!) - shareOf(before[p]![seed]![k]!))),
    );
  });
  const rows = played.map(({ problem }, p) => [problem, ...losses[p]!.map((loss) => loss.toFixed(4))]);
  const means = ["mean", ...samplers.map((_, k) => mean(losses.map((row) => row[k]!)).toFixed(4))];
  const smaller = samplers.slice(0, own).flatMap((sampler, a) =>
    samplers.slice(own).map((other, b) => {
      const count = losses.filter((row) => row[a]! < row[own + b]!).length;
      return `${sampler} loses less than ${other} on ${count} of ${played.length}`;
    }),
  );
  const text = `${title}: loss beside one trial at a time after ${checkpoints[last]} trials, as a share of random search's regret, mean

${table(["problem", ...samplers], [...rows, means])}`;
  return smaller.length === 0 ? text : `${text}\n\n${smaller.join("; ")}.`;
}
