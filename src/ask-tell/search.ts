import { BelayError, show } from "../core/error.ts";
import {
  type FinishedTrial,
  type Progress,
  type RunningTrial,
  TrialHistory,
} from "../core/search/history.ts";
import { verdictOn } from "../core/search/pruner.ts";
import { askContext, ENQUEUED, type Origin, type Suggestion, suggest } from "../core/search/sampler.ts";
import { type Ended, readTold } from "../core/search/told.ts";
import { decode, encode } from "../core/space/distribution.ts";
import { uniformRow } from "../core/space/draw.ts";
import { openRow } from "../core/space/given.ts";
import { isActive, type Params, type Space, toParams } from "../core/space/space.ts";
import type { Estimate, Reason } from "../core/trial.ts";
import type { Settings } from "./options.ts";
import { checkReport, stepsByNumber } from "./reports.ts";

/**
 * A trial to run.
 *
 * @example
 * const { number, params } = search.ask()!;
 */
export interface AskedTrial {
  /** Number of the trial, counted from 0: `tell` takes it. */
  readonly number: number;
  /** The values of its active params, by name. */
  readonly params: Params;
}

/** What is known of a running trial besides its row and its steps. */
export interface Judged {
  /** The estimate of the last verdict, if that was to prune; it becomes the trial's own when it is told as pruned. */
  estimate: Estimate | null;
  /** Whether one of several splits had a value that is not finite, which prunes a trial as it does in a study. */
  isNotFinite: boolean;
}

/** The state of a search: everything that follows from what was asked and told. */
export interface Search extends Settings {
  readonly history: TrialHistory;
  /** What the history does not keep of the finished trials, in the order in which they were told. */
  readonly reasons: (Reason | null)[];
  readonly constraints: (readonly number[])[];
  /** What is known of the running trials, by number. */
  readonly judged: Map<number, Judged>;
  /** Params that are asked for before the sampler is, as rows in which NaN is open. */
  readonly queue: Float64Array[];
  /** Number of the next trial. */
  next: number;
}

export function newSearch(settings: Settings): Search {
  const history = new TrialHistory(settings.space, settings.directions.length);
  return { ...settings, history, reasons: [], constraints: [], judged: new Map(), queue: [], next: 0 };
}

export function ask(search: Search): AskedTrial | null {
  const { space, directions, history, noise, trials, seed, sampler, learned, next: number } = search;
  const queued = search.queue.shift();
  const context = askContext({ space, directions, noise, seed, learned }, { history, number, trials });
  const suggested = queued
    ? { ...ENQUEUED, row: uniformRow(space, context.rng("enqueue"), queued) }
    : suggest(sampler, context);
  if (suggested === null) return null;
  if (!queued) checkSuggestion(search, suggested);
  const started = start(search, number, suggested, { estimate: null, isNotFinite: false });
  search.next++;
  return { number, params: toParams(space, started.row) };
}

/** A row, and who proposed it if that is known. */
type StartedRow = { readonly row: Float64Array; readonly by: Origin["by"] | null };

/** Adds a running trial. */
export function start(search: Search, number: number, { row, by }: StartedRow, judged: Judged): RunningTrial {
  search.judged.set(number, judged);
  return search.history.start(number, plain(row), by);
}

/** A copy of a row, in which the number -0, which JSON does not have, is 0. A sampler may use its own array again. */
export function plain(row: Float64Array): Float64Array {
  const copy = row.slice();
  for (let i = 0; i < copy.length; i++) copy[i]! += 0; // A loop, because `map` of a typed array takes many times as long.
  return copy;
}

/** Whether a sampler has returned what it must: a value that each active param can take, and NaN for each other one. */
function isRow(space: Space, row: unknown): row is Float64Array {
  if (!(row instanceof Float64Array) || row.length !== space.params.length) return false;
  return space.params.every(({ distribution }, i) => {
    const value = row[i]!;
    if (!isActive(space, row, i)) return Number.isNaN(value);
    return encode(distribution, decode(distribution, value)) === value;
  });
}

/** Refuses what a sampler of one's own has returned in place of a row, alone or with who proposed it. */
function checkSuggestion({ space, sampler }: Search, suggested: Suggestion): void {
  const { row, by, why }: { readonly [Key in keyof Suggestion]?: unknown } = suggested ?? {};
  const refuse = (expected: string, got: unknown): BelayError =>
    new BelayError("usage", `sampler ${sampler.name}: expected ${expected}, got ${show(got)}`);
  if (!isRow(space, row)) throw refuse("a row of the space", row instanceof Float64Array ? row : suggested);
  if (typeof by !== "string" || by === "") throw refuse("the name of who proposed it as by", by);
  if (typeof why !== "string" && why !== null) throw refuse("a text or null as why", why);
}

export function enqueue(search: Search, params: unknown): void {
  search.queue.push(plain(openRow("enqueue", search.space, params)));
}

export function tell(search: Search, number: number, told: unknown): void {
  const { row, by = null, steps } = runningTrial(search, "tell", number);
  const { estimate, isNotFinite } = search.judged.get(number)!;
  let ended = readTold(told, search.directions.length);
  const isUnspecified = !(told as { reason?: unknown } | null)?.reason;
  if (isNotFinite && (ended.state === "complete" || (ended.reason === "pruner" && isUnspecified)))
    ended = { ...ended, state: "pruned", reason: "not-finite", values: [], constraints: [] };
  if (ended.reason === "pruner" && estimate) ended = { ...ended, estimate: ended.estimate ?? estimate };
  finish(search, { number, row, by, ...withSteps("tell", search, ended, steps) });
}

/** No constraints: one array for all trials, which thus hold no memory for them. */
const NONE: readonly number[] = [];

/** Adds a finished trial. */
export function finish(search: Search, trial: FinishedTrial): void {
  search.history.append(trial);
  search.reasons.push(trial.reason);
  search.constraints.push(trial.constraints.length === 0 ? NONE : trial.constraints);
  search.judged.delete(trial.number);
}

/**
 * Puts together how a trial ended and what it has reported.
 *
 * @throws BelayError `usage`: the value of a stopped trial beside reports, or some but not all splits of a complete one.
 */
export function withSteps(
  what: string,
  { splitCount }: Pick<Search, "splitCount">,
  ended: Ended,
  steps: readonly Progress[],
): Ended {
  if (steps.length === 0) return ended;
  if (ended.steps.length > 0) {
    const expected = `none beside the ${steps.length} that the trial has reported`;
    throw new BelayError("usage", `${what}: value: expected ${expected}, got ${show(ended.steps[0]!.value)}`);
  }
  if (splitCount === 1) return { ...ended, steps: [...steps] };
  if (ended.state === "complete" && steps.length < splitCount) {
    const came = `a value after ${steps.length} of them`;
    throw new BelayError("usage", `${what}: expected reports of all ${splitCount} splits, got ${came}`);
  }
  return { ...ended, steps: stepsByNumber(steps) };
}

export function report(search: Search, number: number, step: number, value: number): void {
  const { steps } = runningTrial(search, "report", number);
  const judged = search.judged.get(number)!;
  checkReport("report", search.splitCount, steps, { step, value });
  judged.estimate = null;
  if (search.splitCount > 1 && !Number.isFinite(value)) judged.isNotFinite = true;
  else steps.push({ step: step + 0, value: value + 0 });
}

export function shouldPrune(search: Search, number: number): boolean {
  const trial = runningTrial(search, "shouldPrune", number);
  const judged = search.judged.get(number)!;
  if (judged.isNotFinite) return true;
  const verdict = verdictOn(trial, search);
  if (typeof verdict?.prune !== "boolean") {
    const expected = "a verdict such as { prune: false }";
    throw new BelayError("usage", `pruner ${search.pruner.name}: expected ${expected}, got ${show(verdict)}`);
  }
  const estimate = verdict.prune ? verdict.estimate : undefined;
  judged.estimate = isFiniteEstimate(estimate) ? estimate : null;
  return verdict.prune;
}

/** Whether there is an estimate that a sampler can learn from: a pruner of one's own may return anything. */
function isFiniteEstimate(estimate: Estimate | undefined): estimate is Estimate {
  return Number.isFinite(estimate?.value) && Number.isFinite(estimate?.sd);
}

function runningTrial({ history, next }: Search, what: string, number: number): RunningTrial {
  const trial = history.running.get(number);
  if (trial) return trial;
  const wasAsked = Number.isSafeInteger(number) && number >= 0 && number < next;
  const state = wasAsked ? ", which has ended already" : "";
  const expected = "the number of a running trial";
  throw new BelayError("usage", `${what}: expected ${expected}, got ${show(number)}${state}`);
}
