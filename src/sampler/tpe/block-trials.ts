import type { Direction } from "../../core/search/direction.ts";
import { sign } from "../../core/search/direction.ts";
import { type History, STATE_CODE } from "../../core/search/history.ts";
import { addToFronts, type Costed } from "../../core/search/pareto.ts";
import type { Distribution } from "../../core/space/distribution.ts";
import { cellCount, toUnit } from "../../core/space/unit-cube.ts";
import { memo } from "../memo.ts";
import { type Block, blocksOf, isBlockActive } from "./blocks.ts";
import type { BlockLayout } from "./mixture.ts";

/** The rank of a finished trial by its kind of end: trials of a smaller tier are better, whatever their merit. */
export const TIER = { complete: 0, pruned: 1, infeasible: 2, failed: 3 } as const;

/**
 * The finished trials in which a block is active, as columns that grow with the history: their params (numbers in the
 * unit interval, categoricals by index), and their order from the best to the worst, kept up to date by insertion.
 */
export interface BlockTrials {
  readonly block: Block;
  /** Indices in the space of the ancestors' params, then of the block's own, in the order of the layout. */
  readonly params: readonly number[];
  readonly distributions: readonly Distribution[];
  readonly layout: BlockLayout;
  /** The least width of a kernel for each of `params`, which still reaches the neighbour cell; 0 for a float. */
  readonly leastWidths: Float64Array;
  size: number;
  /** The trials' params, row-major: the entries of trial i begin at i * params.length. */
  points: Float64Array;
  /** The trials' tiers. */
  tier: Uint8Array;
  /** The order of trials within a tier: smaller is better. */
  merit: Float64Array;
  /** Indices of the trials, from the best to the worst; with several objectives complete trials are in order of age. */
  order: Int32Array;
  /** With several objectives the complete trials by non-domination rank; null with one. */
  readonly fronts: RankedTrial[][] | null;
  /** Number of trials of each tier. */
  readonly counts: Int32Array;
  /** Sums of the entries of all trials, and of their squares, for each of `params`. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** A scratch buffer for one point. */
  readonly point: Float64Array;
}

/** A complete trial of a study with several objectives. */
export interface RankedTrial extends Costed {
  /** Its index in the columns. */
  readonly index: number;
}

/** The columns of all blocks, with how many trials of the history are in them. */
interface Columns {
  read: number;
  readonly blocks: readonly BlockTrials[];
}

const columnsOf = memo((history: History): Columns => {
  return { read: 0, blocks: blocksOf(history.space).map((block) => emptyBlock(history, block)) };
});

/** The columns of every block, parents first, with all finished trials of the history. */
export function blockTrials(history: History, directions: readonly Direction[]): readonly BlockTrials[] {
  const columns = columnsOf(history);
  const signs = directions.map(sign);
  const row = new Float64Array(history.params.length);
  for (; columns.read < history.size; columns.read++) {
    const i = columns.read;
    for (let p = 0; p < row.length; p++) row[p] = history.params[p]![i]!;
    const tier = tierOf(history, i);
    const merit = meritOf(history, i, tier, signs);
    for (const trials of columns.blocks) {
      if (!isBlockActive(history.space, row, trials.block)) continue;
      if (trials.fronts && tier === TIER.complete)
        addToFronts(trials.fronts, { index: trials.size, costs: costsOf(history, i, signs) });
      add(trials, row, tier, merit);
    }
  }
  return columns.blocks;
}

function tierOf(history: History, i: number): number {
  if (history.violation[i]! > 0 || history.overrun[i]! > 0) return TIER.infeasible;
  if (history.state[i] === STATE_CODE.complete) {
    return history.values.some((column) => Number.isNaN(column[i])) ? TIER.failed : TIER.complete;
  }
  // An estimate is one number, which does not say where a trial would stand among several objectives.
  if (!Number.isNaN(history.estimate[i]) && history.values.length === 1) return TIER.complete;
  return history.state[i] === STATE_CODE.pruned ? TIER.pruned : TIER.failed;
}

function meritOf(history: History, i: number, tier: number, signs: readonly number[]): number {
  if (tier === TIER.complete && history.values.length === 1) {
    const value = history.values[0]![i]!;
    return (Number.isNaN(value) ? history.estimate[i]! : value) * (signs[0] ?? 1);
  }
  return tier === TIER.infeasible ? history.violation[i]! + history.overrun[i]! : 0;
}

function costsOf(history: History, i: number, signs: readonly number[]): number[] {
  return history.values.map((column, k) => column[i]! * (signs[k] ?? 1));
}

function emptyBlock(history: History, block: Block): BlockTrials {
  const isChoice = (p: number): boolean => history.space.params[p]!.distribution.kind === "categorical";
  const numbersFirst = (of: readonly number[]): number[] => [
    ...of.filter((p) => !isChoice(p)),
    ...of.filter(isChoice),
  ];
  const params = [...numbersFirst(block.ancestors), ...numbersFirst(block.members)];
  const distributions = params.map((p) => history.space.params[p]!.distribution);
  const cells = distributions.map(cellCount);
  return {
    block,
    params,
    distributions,
    layout: {
      dims: params.length,
      aboveNumbers: block.ancestors.filter((p) => !isChoice(p)).length,
      given: block.ancestors.length,
      ownNumbers: params.length - block.members.filter(isChoice).length,
      choices: Int32Array.from(distributions, ({ kind }, d) => (kind === "categorical" ? cells[d]! : 0)),
    },
    leastWidths: Float64Array.from(cells, (count) => (count > 0 ? 0.5 / count : 0)),
    size: 0,
    points: new Float64Array(64 * params.length),
    tier: new Uint8Array(64),
    merit: new Float64Array(64),
    order: new Int32Array(64),
    fronts: history.values.length > 1 ? [] : null,
    counts: new Int32Array(4),
    sums: new Float64Array(params.length),
    squares: new Float64Array(params.length),
    point: new Float64Array(params.length),
  };
}

/** A value as the kernels need it: a number in the unit interval, a categorical's index. */
export function toPoint(distribution: Distribution, value: number): number {
  return distribution.kind === "categorical" ? value : toUnit(distribution, value);
}

/** Writes the params that the row that begins at `from` in `rows` has in the block to `trials.point`. */
export function readPoint({ params, distributions, point }: BlockTrials, rows: Float64Array, from = 0): void {
  for (let d = 0; d < params.length; d++) point[d] = toPoint(distributions[d]!, rows[from + params[d]!]!);
}

function add(trials: BlockTrials, row: Float64Array, tier: number, merit: number): void {
  const { point, sums, squares } = trials;
  const i = trials.size;
  if (i === trials.tier.length) grow(trials);
  readPoint(trials, row);
  trials.points.set(point, i * point.length);
  for (let d = 0; d < point.length; d++) {
    sums[d]! += point[d]!;
    squares[d]! += point[d]! * point[d]!;
  }
  trials.tier[i] = tier;
  trials.merit[i] = merit;
  const at = placeOf(trials, tier, merit);
  trials.order.copyWithin(at + 1, at, i);
  trials.order[at] = i;
  trials.counts[tier]!++;
  trials.size = i + 1;
}

/**
 * The position in the order of a new trial: after all that are better or equal, so that of equals the older is first.
 */
function placeOf({ order, tier, merit, size }: BlockTrials, ownTier: number, ownMerit: number): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = order[middle]!;
    const worse = tier[other]! > ownTier || (tier[other] === ownTier && merit[other]! > ownMerit);
    if (worse) high = middle;
    else low = middle + 1;
  }
  return low;
}

function grow(trials: BlockTrials): void {
  const double = <Column extends Float64Array | Int32Array | Uint8Array>(
    column: Column,
    longer: Column,
  ): Column => {
    longer.set(column);
    return longer;
  };
  trials.points = double(trials.points, new Float64Array(trials.points.length * 2));
  trials.tier = double(trials.tier, new Uint8Array(trials.tier.length * 2));
  trials.merit = double(trials.merit, new Float64Array(trials.merit.length * 2));
  trials.order = double(trials.order, new Int32Array(trials.order.length * 2));
}
