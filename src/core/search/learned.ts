import { BelayError } from "../error.ts";
import { rng } from "../rng.ts";
import { encode, snap } from "../space/distribution.ts";
import { uniformRow } from "../space/draw.ts";
import type { Space } from "../space/space.ts";
import { violationOf } from "./constraints.ts";
import type { Direction } from "./direction.ts";
import { type FinishedTrial, type History, TrialHistory } from "./history.ts";
import type { Sampler } from "./sampler.ts";

/** A trial of another study, of which a study learns. */
export interface SourceTrial {
  /** The number that it has there. */
  readonly number: number;
  readonly params: Readonly<Record<string, unknown>>;
  /** Its value or estimate, turned so that smaller is better; its unit does not matter. */
  readonly cost: number;
}

/** A trial of another study, mapped to the space of this one. */
export interface LearnedTrial extends SourceTrial {
  readonly row: Float64Array;
}

/** What a study learns from: trials of another one, mapped to its own space. */
export interface Mapped {
  /** The trials, in the order of their numbers. */
  readonly trials: readonly LearnedTrial[];
  /** The params of the space that at least one of the trials has a value for. */
  readonly shared: readonly string[];
  /** How many trials have a value that their param cannot take here: they are left out. */
  readonly outside: number;
}

/**
 * What a trial cost: its value, or its estimate if its pruner stopped it. null for a trial that has neither, that broke a
 * constraint, or that a limit ended: there is nothing to learn from it.
 *
 * @param flip - -1 where larger is better.
 */
export function costOf(
  { state, values, constraints, overrun, estimate }: Omit<FinishedTrial, "number" | "row">,
  flip: 1 | -1,
): number | null {
  if (violationOf(constraints) > 0 || overrun > 0) return null;
  const value = state === "complete" ? values[0] : state === "pruned" ? estimate?.value : undefined;
  return value !== undefined && Number.isFinite(value) ? value * flip : null;
}

/**
 * Refuses a study that cannot learn from another one.
 *
 * @param what - What asks for it, as the error names it.
 * @throws BelayError `usage`: it has several directions, or its sampler does not learn.
 */
export function refuseToLearn(what: string, sampler: Sampler, directions: readonly Direction[]): void {
  const refuse = (expected: string, got: string): BelayError =>
    new BelayError("usage", `${what}: expected ${expected}, got ${got}`);
  if (directions.length > 1) throw refuse("a study of one direction", `one of ${directions.length}`);
  if (!sampler.learns) throw refuse("a sampler that learns from other studies (auto, tpe, gp)", sampler.name);
}

/** At most this many trials are learned from: half are the best, the others are spread over the ranks of the rest. */
const MOST_LEARNED = 200;

/**
 * Maps trials of another study to a space, by the names of the params.
 *
 * - A number goes to the nearest value that its param can take. A trial with a number outside the range, or with a choice
 *   that does not exist here, is left out.
 * - A param that the trial has no value for is drawn at random, so that the trial says nothing of it. The draw follows from
 *   the trial's number alone.
 * - A value whose param is not in the space, or is inactive beside the others, is dropped.
 */
export function mapTrials(space: Space, source: readonly SourceTrial[]): Mapped {
  const shared = new Set<string>();
  let outside = 0;
  const mapped: LearnedTrial[] = [];
  for (const { number, params, cost } of source) {
    const row = rowOf(space, params);
    if (row === "nothing") continue;
    if (row === "outside") {
      outside++;
      continue;
    }
    space.params.forEach(({ name }, i) => {
      if (!Number.isNaN(row[i]!)) shared.add(name);
    });
    mapped.push({ number, params, cost, row: uniformRow(space, rng(0, number, "learned"), row) });
  }
  const names = space.params.flatMap(({ name }) => (shared.has(name) ? [name] : []));
  return { trials: some(mapped), shared: names, outside };
}

/** The values that a trial has for params of the space; NaN is open. */
function rowOf(space: Space, params: SourceTrial["params"]): Float64Array | "nothing" | "outside" {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  let isShared = false;
  for (const [i, { name, distribution }] of space.params.entries()) {
    if (!Object.hasOwn(params, name)) continue;
    const value = params[name];
    isShared = true;
    const isNumber = distribution.kind !== "categorical" && typeof value === "number";
    const isInside = isNumber && value >= distribution.low && value <= distribution.high;
    row[i] = isInside ? snap(distribution, value) : encode(distribution, value);
    if (Number.isNaN(row[i]!)) return "outside";
  }
  return isShared ? row : "nothing";
}

function some(trials: readonly LearnedTrial[]): readonly LearnedTrial[] {
  const byNumber = (a: LearnedTrial, b: LearnedTrial): number => a.number - b.number;
  if (trials.length <= MOST_LEARNED) return [...trials].sort(byNumber);
  const ranked = [...trials].sort((a, b) => a.cost - b.cost || byNumber(a, b));
  const best = ranked.slice(0, MOST_LEARNED / 2);
  const rest = ranked.slice(best.length);
  const open = MOST_LEARNED - best.length;
  const spread = Array.from({ length: open }, (_, k) => rest[Math.floor((k * rest.length) / open)]!);
  return [...best, ...spread].sort(byNumber);
}

/**
 * The trials as a history, which samplers read as they read that of their own study: complete trials of one objective that
 * is minimised. null without trials.
 */
export function learnedHistory(space: Space, trials: readonly LearnedTrial[]): History | null {
  if (trials.length === 0) return null;
  const history = new TrialHistory(space, 1);
  const ended = { state: "complete", reason: null, constraints: [], overrun: 0, steps: [] } as const;
  for (const { number, row, cost } of trials) history.append({ number, row, values: [cost], ...ended });
  // Plain data, which a message to another thread can hold.
  return { ...history, whole: {} };
}
