// Compares samplers over many problems and seeds: mean ranks with intervals, wins and losses.

import { uniforms } from "../noise.ts";
import { median, quantile, ranks, wilcoxon } from "../statistics.ts";

/** Regrets by problem, seed and sampler. */
export type Cube = readonly (readonly (readonly number[])[])[];

/** A mean, and the interval that holds it with 95 % confidence. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The place of a sampler among the others. */
export interface Placing {
  /** The mean over problems and seeds of its rank among all samplers, 1 being the best. */
  readonly rank: Interval;
  /** Its mean rank minus that of the sampler with the best mean rank. */
  readonly behind: Interval;
}

const SAMPLES = 2000;

/**
 * The mean rank of each sampler. The intervals are by a bootstrap in two levels: problems are drawn with replacement,
 * and for each of them seeds. All samplers share the draws, so that differences are between equals.
 */
export function meanRanks(regrets: Cube): Placing[] {
  const placed = regrets.map((seeds) => seeds.map(ranks));
  const samplers = placed[0]![0]!.length;
  const whole = meanOver(placed, (count) => Array.from({ length: count }, (_, i) => i), samplers);
  const leader = whole.indexOf(Math.min(...whole));
  const uniform = uniforms(1, samplers);
  const draw = (count: number): number[] =>
    Array.from({ length: count }, () => Math.floor(count * uniform()));
  const drawn = Array.from({ length: SAMPLES }, () => meanOver(placed, draw, samplers));
  return whole.map((mean, k) => ({
    rank: intervalOf(
      mean,
      drawn.map((means) => means[k]!),
    ),
    behind: intervalOf(
      mean - whole[leader]!,
      drawn.map((means) => means[k]! - means[leader]!),
    ),
  }));
}

function intervalOf(mean: number, drawn: readonly number[]): Interval {
  return { mean, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

/** The mean over the problems that `draw` chooses of the mean over the seeds that it chooses. */
function meanOver(placed: Cube, draw: (count: number) => readonly number[], samplers: number): number[] {
  const means = new Array<number>(samplers).fill(0);
  const problems = draw(placed.length);
  for (const p of problems) {
    const seeds = placed[p]!;
    const sums = new Array<number>(samplers).fill(0);
    for (const s of draw(seeds.length)) {
      const row = seeds[s]!;
      for (let k = 0; k < samplers; k++) sums[k]! += row[k]!;
    }
    for (let k = 0; k < samplers; k++) means[k]! += sums[k]! / seeds.length;
  }
  return means.map((total) => total / problems.length);
}

/** On how many problems a sampler differs from another. */
export interface Tally {
  /** Problems on which it is better by Wilcoxon's signed-rank test over the seeds, p < 0.05. */
  readonly better: readonly number[];
  readonly worse: readonly number[];
  /** The number of problems on which its median is lower or equal. */
  readonly level: number;
}

/** Compares sampler `a` of a cube with sampler `b`; problems are given as their positions in it. */
export function tally(regrets: Cube, a: number, b: number): Tally {
  const better: number[] = [];
  const worse: number[] = [];
  let level = 0;
  regrets.forEach((seeds, problem) => {
    const [own, other] = [seeds.map((row) => row[a]!), seeds.map((row) => row[b]!)];
    const { p, side } = wilcoxon(own, other);
    if (p < 0.05) (side < 0 ? better : worse).push(problem);
    if (median(own) <= median(other)) level++;
  });
  return { better, worse, level };
}
