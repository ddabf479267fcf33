import { sign } from "../core/direction.ts";
import { BelayError, show } from "../core/error.ts";
import { STATE_CODE } from "../core/history.ts";
import type { Rng } from "../core/rng.ts";
import type { AskContext, Sampler } from "../core/sampler.ts";
import type { Space } from "../core/space.ts";
import { cellCount, fromUnit, toUnit } from "../core/unit-cube.ts";
import { type Block, blocksOf, isBlockActive } from "./blocks.ts";
import { distinct, uniformRow } from "./distinct.ts";
import { normalCdf, normalQuantile } from "./normal.ts";

export interface TpeOptions {
  /**
   * How many trials are drawn at random before the model is asked.
   *
   * @default 10 - a good set of one, out of ten
   */
  readonly startupTrials?: number;
  /**
   * How many points are drawn from the good trials' density, of which the best is proposed.
   *
   * @default 24 - as in the first paper
   */
  readonly candidates?: number;
}

/**
 * The tree-structured Parzen estimator: the finished trials are split into good and bad ones, a density is put on
 * each, and the candidate with the largest ratio of good to bad density is proposed. Bergstra et al., "Algorithms for
 * Hyper-Parameter Optimization", NeurIPS 2011; multivariate as in Falkner et al., "BOHB", ICML 2018.
 *
 * @throws BelayError `usage`: an option that is no whole number above 0.
 */
export function tpe(options: TpeOptions = {}): Sampler {
  const { startupTrials = 10, candidates = 24 } = options;
  for (const [name, value] of Object.entries({ startupTrials, candidates })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new BelayError("usage", `tpe: ${name}: expected a whole number above 0, got ${show(value)}`);
  }
  return {
    name: "tpe",
    ask: (context) => {
      const stream = context.rng("tpe");
      if (context.history.size < startupTrials)
        return distinct(context, () => uniformRow(context.space, stream));
      const models = blocksOf(context.space).map((block) => fitBlock(context, block));
      return distinct(context, () => propose(context.space, models, candidates, stream));
    },
  };
}

/** The two densities of a block, over the params above it and its own. */
interface BlockModel {
  readonly block: Block;
  readonly good: Mixture;
  readonly bad: Mixture;
}

/** Kernels over the unit cube; the last one is the prior, flat in every param. */
interface Mixture {
  readonly params: readonly number[];
  /** How many of `params` are set before. */
  readonly given: number;
  readonly centres: readonly Float64Array[];
  readonly widths: readonly Float64Array[];
  /** Values of a categorical; 0 for numbers. */
  readonly choices: readonly number[];
}

function propose(space: Space, models: readonly BlockModel[], candidates: number, stream: Rng): Float64Array {
  let best = uniformRow(space, stream);
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < candidates; c++) {
    const row = new Float64Array(space.params.length).fill(Number.NaN);
    const unit = new Float64Array(row.length).fill(Number.NaN);
    let score = 0;
    for (const { block, good, bad } of models) {
      if (!isBlockActive(space, row, block)) continue;
      draw(good, unit, stream);
      for (const p of block.members) {
        row[p] = fromUnit(space.params[p]!.distribution, unit[p]!);
        unit[p] = toUnit(space.params[p]!.distribution, row[p]!);
      }
      score += logConditional(good, unit) - logConditional(bad, unit);
    }
    if (score > bestScore) [best, bestScore] = [row, score];
  }
  return best;
}

/** Trials of the block, best first: complete and feasible by value, then pruned ones, then by how infeasible. */
function ranked(context: AskContext, block: Block): number[] {
  const { history, directions } = context;
  const flip = sign(directions[0] ?? "minimize");
  const first = history.params[block.members[0]!]!;
  const trials: number[] = [];
  for (let i = 0; i < history.size; i++) if (!Number.isNaN(first[i]!)) trials.push(i);
  const rank = (i: number): number => {
    if (history.state[i] === STATE_CODE.complete && history.violation[i] === 0) return 0;
    return history.overrun[i]! > 0 || history.violation[i]! > 0 || history.state[i] === STATE_CODE.fail
      ? 2
      : 1;
  };
  const value = (i: number): number => {
    const of = rank(i) === 0 ? history.values[0]![i]! * flip : history.violation[i]! + history.overrun[i]!;
    return Number.isNaN(of) ? Number.POSITIVE_INFINITY : of;
  };
  return trials.sort((a, b) => rank(a) - rank(b) || compare(value(a), value(b)) || a - b);
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const GOOD_LIMIT = 25;

function fitBlock(context: AskContext, block: Block): BlockModel {
  const { history, space } = context;
  const order = ranked(context, block);
  const goodCount = Math.min(GOOD_LIMIT, Math.ceil(order.length / 10));
  const params = [...block.ancestors, ...block.members];
  const place = (p: number, value: number): number => toUnit(space.params[p]!.distribution, value);
  const finished = (trials: readonly number[]): number[][] =>
    params.map((p) => trials.map((i) => place(p, history.params[p]![i]!)));
  const bad = finished(order.slice(goodCount));
  for (const { row } of history.running.values()) {
    if (isBlockActive(space, row, block)) params.forEach((p, d) => void bad[d]!.push(place(p, row[p]!)));
  }
  const mixture = (points: readonly (readonly number[])[]): Mixture => ({
    params,
    given: block.ancestors.length,
    centres: points.map((column) => Float64Array.from([...column, 0.5])),
    widths: points.map((column) => kernelWidths(column)),
    choices: params.map((p) => {
      const { distribution } = space.params[p]!;
      return distribution.kind === "categorical" ? cellCount(distribution) : 0;
    }),
  });
  return { block, good: mixture(finished(order.slice(0, goodCount))), bad: mixture(bad) };
}

/** The larger gap to a neighbour, within limits, so that lone trials reach far; 0 marks the flat prior. */
function kernelWidths(column: readonly number[]): Float64Array {
  const widths = new Float64Array(column.length + 1);
  const order = column.map((_, k) => k).sort((a, b) => column[a]! - column[b]!);
  const least = 1 / Math.min(100, 2 + column.length);
  order.forEach((k, at) => {
    const left = at > 0 ? column[k]! - column[order[at - 1]!]! : 0;
    const right = at + 1 < order.length ? column[order[at + 1]!]! - column[k]! : 0;
    const gap = order.length === 1 ? Math.max(column[k]!, 1 - column[k]!) : Math.max(left, right);
    widths[k] = Math.min(1, Math.max(least, gap));
  });
  return widths;
}

/** Chooses a kernel by what is given, and draws the block's own params from it. */
function draw(mixture: Mixture, unit: Float64Array, stream: Rng): void {
  const { params, given, centres, widths, choices } = mixture;
  const weights = Array.from(widths[0]!, (_, k) => Math.exp(logKernel(mixture, unit, k, 0, given)));
  let rest = stream.next() * weights.reduce((sum, weight) => sum + weight, 0);
  let k = 0;
  while (k < weights.length - 1 && rest >= weights[k]!) rest -= weights[k++]!;
  for (let d = given; d < params.length; d++) {
    const width = widths[d]![k]!;
    const centre = centres[d]![k]!;
    const uniform = stream.next();
    if (width === 0) unit[params[d]!] = uniform;
    else if (choices[d]! > 0)
      unit[params[d]!] = uniform < keep(choices[d]!, weights.length) ? centre : stream.next();
    else {
      const from = normalCdf(-centre / width);
      const to = normalCdf((1 - centre) / width);
      const at = centre + width * normalQuantile(from + uniform * (to - from));
      unit[params[d]!] = Math.min(1, Math.max(0, at));
    }
  }
}

/** The log density of the block's own params, given those above it. */
function logConditional(mixture: Mixture, unit: Float64Array): number {
  let joint = 0;
  let above = 0;
  for (let k = 0; k < mixture.widths[0]!.length; k++) {
    const given = logKernel(mixture, unit, k, 0, mixture.given);
    above += Math.exp(given);
    joint += Math.exp(given + logKernel(mixture, unit, k, mixture.given, mixture.params.length));
  }
  return Math.log(joint) - Math.log(above);
}

function logKernel(mixture: Mixture, unit: Float64Array, k: number, from: number, to: number): number {
  let sum = 0;
  for (let d = from; d < to; d++) {
    const width = mixture.widths[d]![k]!;
    if (width === 0) continue;
    const centre = mixture.centres[d]![k]!;
    const at = unit[mixture.params[d]!]!;
    const choices = mixture.choices[d]!;
    if (choices > 0) {
      const kept = keep(choices, mixture.widths[d]!.length);
      const same = Math.abs(at - centre) < 1e-9;
      sum += Math.log((1 - kept) / choices + (same ? kept : 0)) + Math.log(choices);
      continue;
    }
    const z = (at - centre) / width;
    const mass = normalCdf((1 - centre) / width) - normalCdf(-centre / width);
    sum += -0.5 * z * z - Math.log(width * mass * Math.sqrt(2 * Math.PI));
  }
  return sum;
}

/** How sure a kernel is of its own choice; it grows with the number of kernels. */
function keep(choices: number, kernels: number): number {
  return kernels / (kernels + choices);
}
