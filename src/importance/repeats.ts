import { cardinality, type Distribution } from "../core/space/distribution.ts";
import type { Space } from "../core/space/space.ts";

/** Into how many equal parts a neighbourhood divides the range of a number, on the param's own scale. */
const PARTS = 4;
/** The fewest tries of which something is said: of equal params, and of a neighbourhood. */
const LEAST_TRIES = { params: 2, neighbourhood: 4 } as const;
const SIGNIFICANT = 0.05;

/** Trials, each with how often it was tried and how often of that it was lost. */
export interface Tries {
  /** The values of each param, as the numbers of rows; NaN where it is inactive. */
  readonly columns: readonly Float64Array[];
  readonly tried: Float64Array;
  readonly lost: Float64Array;
  /** The share of tries that is lost where nothing is known of the params: that of the trial's study. */
  readonly rates: Float64Array;
}

/** Trials of nearly the same params that were lost again and again. */
export interface Repeat {
  /** Equal params, or those of one cell of the space. */
  readonly kind: keyof typeof LEAST_TRIES;
  readonly trials: readonly number[];
  readonly tried: number;
  readonly lost: number;
  /** Probability that chance alone loses so many of them, corrected for all groups that were looked at. */
  readonly p: number;
}

/**
 * Groups of trials that were lost more often than chance explains: trials of equal params, and trials of one cell of the
 * space. A cell is a quarter of the range of each number, on its own scale (the logarithm with `log`), and one choice of
 * each categorical param. The groups do not depend on what became of the trials. The p value is Hoeffding's bound for the
 * number of losses, if each try had been lost at the rate of its study, times the number of groups (Bonferroni's
 * correction): Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 58, 1963, theorem 1.
 *
 * @param params - Indexes of the params that are compared.
 * @param isTold - 1 for each trial that belongs to no cell, because a rule tells of it already.
 * @returns those with p below 0.05, the most losses first; no cell in which all losses are those of equal params.
 */
export function findRepeats(
  space: Space,
  params: readonly number[],
  tries: Tries,
  isTold: Uint8Array,
): Repeat[] {
  const count = tries.tried.length;
  const all = Int32Array.from({ length: count }, (_, trial) => trial);
  const equal = groupsOf(all, equalKeys(params, tries.columns), "params", tries);
  const cells = cellKeys(space, params, tries.columns);
  const untold = all.filter((trial) => isTold[trial] !== 1);
  const near = cells ? groupsOf(untold, cells, "neighbourhood", tries) : [];
  const groups = [...equal, ...near.filter(({ trials }) => !isOfOne(equal, trials))];
  const found = groups
    .map((group) => ({ ...group, p: Math.min(1, groups.length * bound(group, tries.rates)) }))
    .filter(({ p }) => p < SIGNIFICANT);
  const told = new Set(found.flatMap(({ kind, trials }) => (kind === "params" ? trials : [])));
  const isNew = ({ kind, trials }: Repeat): boolean =>
    kind === "params" || trials.some((trial) => tries.lost[trial]! > 0 && !told.has(trial));
  return found.filter(isNew).sort((a, b) => b.lost - a.lost || a.p - b.p);
}

/** Whether a group has the same trials as one of equal params. */
function isOfOne(groups: readonly Omit<Repeat, "p">[], trials: readonly number[]): boolean {
  return groups.some((group) => group.trials.length === trials.length && group.trials[0] === trials[0]);
}

/** The trials with the same key, where there are enough of them. */
function groupsOf(
  trials: Int32Array,
  keys: Float64Array,
  kind: Repeat["kind"],
  { tried, lost }: Tries,
): Omit<Repeat, "p">[] {
  // Most groups are too small, so all are counted before any is made.
  const numbers = new Map<number, number>();
  const group = new Int32Array(trials.length);
  const triedIn = new Float64Array(trials.length);
  for (let i = 0; i < trials.length; i++) {
    const key = keys[trials[i]!]!;
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    group[i] = number;
    triedIn[number]! += tried[trials[i]!]!;
  }
  const found = new Map<number, { trials: number[]; lost: number }>();
  for (let i = 0; i < trials.length; i++) {
    const number = group[i]!;
    if (triedIn[number]! < LEAST_TRIES[kind]) continue;
    let own = found.get(number);
    if (!own) {
      own = { trials: [], lost: 0 };
      found.set(number, own);
    }
    own.trials.push(trials[i]!);
    own.lost += lost[trials[i]!]!;
  }
  return [...found].map(([number, own]) => ({ kind, ...own, tried: triedIn[number]! }));
}

/** Hoeffding's bound for the probability of so many losses. */
function bound({ trials, tried, lost }: Omit<Repeat, "p">, rates: Float64Array): number {
  if (lost < 2) return 1;
  const rate = trials.reduce((sum, trial) => sum + rates[trial]!, 0) / trials.length;
  const share = lost / tried;
  if (share <= rate) return 1;
  const term = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log(a / b));
  return Math.exp(-tried * (term(share, rate) + term(1 - share, 1 - rate)));
}

/** A number for each trial that is the same for trials of equal params, and different for others. */
function equalKeys(params: readonly number[], columns: readonly Float64Array[]): Float64Array {
  const count = columns[0]?.length ?? 0;
  const keys = new Float64Array(count);
  // Param by param: each pair of a key so far and a value gets the next free number.
  for (const param of params) {
    const column = columns[param]!;
    const numbers = new Map<number, number>();
    const own = new Float64Array(count);
    for (let trial = 0; trial < count; trial++) {
      const found = numbers.get(column[trial]!);
      own[trial] = found ?? numbers.size;
      if (found === undefined) numbers.set(column[trial]!, numbers.size);
    }
    if (numbers.size === count) return own;
    const pairs = new Map<number, number>();
    for (let trial = 0; trial < count; trial++) {
      const pair = keys[trial]! * numbers.size + own[trial]!;
      const found = pairs.get(pair);
      keys[trial] = found ?? pairs.size;
      if (found === undefined) pairs.set(pair, pairs.size);
    }
    // Once all trials differ, they differ whatever else they have.
    if (pairs.size === count) break;
  }
  return keys;
}

/** The cell of each trial; null in a space with more cells than there are numbers. */
function cellKeys(
  space: Space,
  params: readonly number[],
  columns: readonly Float64Array[],
): Float64Array | null {
  const keys = new Float64Array(columns[0]?.length ?? 0);
  let cells = 1;
  for (const param of params) {
    const { distribution } = space.params[param]!;
    const [parts, partOf] = partsOf(distribution);
    const column = columns[param]!;
    for (let trial = 0; trial < keys.length; trial++) {
      const value = column[trial]!;
      keys[trial] = keys[trial]! * (parts + 1) + (Number.isNaN(value) ? parts : partOf(value));
    }
    cells *= parts + 1;
  }
  return cells < Number.MAX_SAFE_INTEGER ? keys : null;
}

/** How many parts a param has, and the part of a value. */
function partsOf(distribution: Distribution): readonly [number, (value: number) => number] {
  if (distribution.kind === "categorical") return [distribution.choices.length, (value) => value];
  const { low, high, log, step } = distribution;
  const count = cardinality(distribution);
  if (count <= PARTS) return [count, (value) => Math.round((value - low) / (step ?? 1))];
  const [from, to] = log ? [Math.log(low), Math.log(high)] : [low, high];
  const scale = PARTS / (to - from);
  return [
    PARTS,
    (value) => Math.min(PARTS - 1, Math.max(0, Math.floor(((log ? Math.log(value) : value) - from) * scale))),
  ];
}
