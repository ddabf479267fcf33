import { BelayError, show } from "../core/error.ts";
import { checkOptions } from "../core/options.ts";
import type { Direction } from "../core/search/direction.ts";
import { proposerOf, rowAt, STATE_CODE } from "../core/search/history.ts";
import { formatSpec, type Spec, specOf } from "../core/search/spec.ts";
import { readTold, type Told, toTold } from "../core/search/told.ts";
import { describe } from "../core/space/distribution.ts";
import { openRow, wholeRow } from "../core/space/given.ts";
import { type Params, type Space, toParams } from "../core/space/space.ts";
import { type Estimate, FINISHED_STATES, type Json } from "../core/trial.ts";
import { readBy, readTrial } from "./added.ts";
import { type Reported, readReports, toReports } from "./reports.ts";
import { finish, type Judged, type Search, start } from "./search.ts";

/** The version of the format that this Belay writes, and the only one that there is. */
const VERSION = 1;

/**
 * A search as `save` returns it: plain data that JSON holds exactly.
 *
 * @example
 * const saved: SavedSearch = JSON.parse(readFileSync("search.json", "utf8"));
 */
export interface SavedSearch {
  readonly format: "belay.ask-tell";
  readonly version: number;
  /** The options that the trials follow from; `load` compares them with those of the search. */
  readonly space: Space;
  readonly directions: readonly Direction[];
  readonly sampler: Spec;
  readonly pruner: Spec;
  readonly splits: number;
  readonly seed: number;
  readonly noise: boolean;
  /** Of a search that learns from other trials: these, in the space of the search. */
  readonly learned?: readonly SavedLesson[];
  /** Number of the next trial. */
  readonly next: number;
  /** Params that `ask` returns before it uses the sampler again. */
  readonly enqueued: readonly Params[];
  /** The trials that were asked for and not told yet. */
  readonly running: readonly SavedRunning[];
  /** The finished trials, in the order in which they were told. `add` takes them too. */
  readonly trials: readonly SavedTrial[];
}

/**
 * A trial that a saved search learns from.
 *
 * @example
 * const lesson: SavedLesson = { params: { x: 1.5 }, cost: 2.25 };
 */
export interface SavedLesson {
  readonly params: Params;
  /** Its value, turned so that smaller is better. */
  readonly cost: number;
}

/**
 * A finished trial in a `SavedSearch`.
 *
 * @example
 * const trial: SavedTrial = { number: 3, params: { x: 1.5 }, told: { state: "complete", value: 2.25 } };
 */
export interface SavedTrial {
  readonly number: number;
  readonly params: Params;
  readonly told: Told;
  /** Who proposed it, such as `tpe` or `enqueued`. @default not known */
  readonly by?: string;
  /** What it reported. @default nothing */
  readonly reports?: readonly Reported[];
}

/**
 * A running trial in a `SavedSearch`.
 *
 * @example
 * const trial: SavedRunning = { number: 4, params: { x: 0.5 }, reports: [{ step: 0, value: 0.7 }] };
 */
export interface SavedRunning {
  readonly number: number;
  readonly params: Params;
  /** Who proposed it, such as `tpe` or `enqueued`. @default not known */
  readonly by?: string;
  /** What it has reported. @default nothing */
  readonly reports?: readonly Reported[];
  /** The estimate of the verdict that it should be pruned. @default none */
  readonly estimate?: Estimate;
  /** Whether one of its splits was not finite. @default false */
  readonly notFinite?: boolean;
}

export function save(search: Search): SavedSearch {
  const { space, history, queue, judged, next } = search;
  const running = [...history.running.values()].map(({ number, row, by, steps }): SavedRunning => {
    const { estimate, isNotFinite } = judged.get(number)!;
    return {
      number,
      params: toParams(space, row),
      ...(by && { by }),
      ...(steps.length > 0 && { reports: toReports(steps) }),
      ...(estimate && { estimate }),
      ...(isNotFinite && { notFinite: true }),
    };
  });
  return {
    format: "belay.ask-tell",
    version: VERSION,
    ...identityOf(search),
    next,
    enqueued: queue.map((row) => toParams(space, row)),
    running,
    trials: search.reasons.map((_, i) => trialAt(search, i)),
  };
}

type Identity = Pick<
  SavedSearch,
  "space" | "directions" | "sampler" | "pruner" | "splits" | "seed" | "noise" | "learned"
>;

/** The options that the trials follow from. How many trials are planned is not among them: plans may change. */
function identityOf(search: Search): Identity {
  const { space, directions, sampler, pruner, splitCount, seed, noise, learned } = search;
  return {
    space,
    directions,
    sampler: specOf(sampler.name, sampler.options ?? {}),
    pruner: specOf(pruner.name, pruner.options ?? {}),
    splits: splitCount,
    seed: seed + 0,
    noise,
    ...(learned && {
      learned: Array.from({ length: learned.size }, (_, i) => {
        return { params: toParams(space, rowAt(learned, i)), cost: learned.values[0]![i]! + 0 };
      }),
    }),
  };
}

/** The i-th finished trial. */
function trialAt({ space, history, reasons, constraints }: Search, i: number): SavedTrial {
  const [from, to] = [history.stepStart[i]!, history.stepStart[i + 1]!];
  const steps = Array.from(history.step.subarray(from, to), (step, k) => ({
    step,
    value: history.stepValue[from + k]!,
  }));
  const state = FINISHED_STATES.find((each) => STATE_CODE[each] === history.state[i])!;
  const estimate = history.estimate[i]!;
  const told = toTold({
    state,
    reason: reasons[i]!,
    values: state === "complete" ? history.values.map((column) => column[i]!) : [],
    constraints: constraints[i]!,
    overrun: history.overrun[i]!,
    estimate: Number.isNaN(estimate) ? null : { value: estimate, sd: history.estimateSd[i]! },
    steps,
  });
  const params = toParams(space, rowAt(history, i));
  const by = proposerOf(history, i);
  return {
    number: history.number[i]!,
    params,
    told,
    ...(by !== null && { by }),
    ...(to > from && { reports: toReports(steps) }),
  };
}

/** Reads a saved search into one that has no trials yet. If something is wrong, the search stays as it is. */
export function load(search: Search, saved: unknown): void {
  if (search.next > 0 || search.queue.length > 0) {
    const state = search.next > 0 ? "has trials already" : "has enqueued params already";
    throw new BelayError("usage", `load: the search ${state}: load into a new one, or add() the trials`);
  }
  const given = readFormat(saved);
  checkIdentity(identityOf(search), given);
  if (!Number.isSafeInteger(given.next) || given.next < 0)
    throw new BelayError("usage", `load: next: expected a whole number from 0 up, got ${show(given.next)}`);
  const numbers = new Set<number>();
  const trials = listOf(given, "trials").map((trial, i) => {
    const what = `load: trials[${i}]`;
    return readTrial(search, what, trial, readNumber(what, trial, given.next, numbers));
  });
  const running = listOf(given, "running").map((trial, i) => {
    const what = `load: running[${i}]`;
    return { number: readNumber(what, trial, given.next, numbers), ...readRunning(search, what, trial) };
  });
  const queue = listOf(given, "enqueued").map((params, i) =>
    openRow(`load: enqueued[${i}]`, search.space, params),
  );
  for (const trial of trials) finish(search, trial);
  for (const { number, steps, judged, ...started } of running)
    start(search, number, started, judged).steps.push(...steps);
  search.queue.push(...queue);
  search.next = given.next;
}

/** The fields of a `SavedSearch`, of which only format and version have been checked. */
type Given = Readonly<Record<keyof SavedSearch, unknown>> & { readonly next: number };

const FIELDS: readonly (keyof SavedSearch)[] = [
  ...(["format", "version", "space", "directions", "sampler", "pruner", "splits", "seed", "noise"] as const),
  ...(["learned", "next", "enqueued", "running", "trials"] as const),
];

function readFormat(saved: unknown): Given {
  if (saved === null || typeof saved !== "object" || (saved as Partial<Given>).format !== "belay.ask-tell") {
    const advice = typeof saved === "string" ? ", which JSON.parse has to read first" : "";
    throw new BelayError("usage", `load: expected what save() returned, got ${show(saved)}${advice}`);
  }
  const { version } = saved as Given;
  if (version !== VERSION) {
    const newer = typeof version === "number" && version > VERSION ? ": a newer Belay has saved it" : "";
    throw new BelayError("usage", `load: version: expected ${VERSION}, got ${show(version)}${newer}`);
  }
  checkOptions("load", saved, FIELDS, "usage");
  return saved as Given;
}

/** Refuses what was saved by a search with other options, since its trials would not go on as they began. */
function checkIdentity(own: Identity, given: Given): void {
  const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  if (!isSame(own.space, given.space)) throw spaceDifference(own.space, given.space);
  const advice = "the options of the search that was saved; add() takes its trials into any other";
  const refuse = (key: string, here: string, there: string): BelayError =>
    new BelayError("usage", `load: ${key}: expected ${advice}, got ${here} here and ${there} there`);
  for (const key of ["directions", "sampler", "pruner", "splits", "seed", "noise"] as const)
    if (!isSame(own[key], given[key])) throw refuse(key, text(own[key]), text(given[key]));
  if (isSame(own.learned, given.learned)) return;
  const lessons = (of: unknown): string => (Array.isArray(of) ? `${of.length} trials` : "none");
  throw refuse("learnFrom", lessons(own.learned), lessons(given.learned));
}

/** An option as text for people. */
function text(value: unknown): string {
  const spec = value as Partial<Spec> | null;
  return typeof spec?.name === "string" && spec.options ? formatSpec(spec as Spec) : show(value);
}

/** The error for another space, which names the first param that differs. */
function spaceDifference(own: Space, given: unknown): BelayError {
  const others = (given as Partial<Space> | null)?.params;
  if (!Array.isArray(others))
    return new BelayError("usage", `load: space: expected a space, got ${show(given)}`);
  const i = own.params.findIndex((param, k) => JSON.stringify(param) !== JSON.stringify(others[k]));
  const param = own.params[i];
  const came = `${others[i] === undefined ? "no such param" : "another one"} there`;
  return param === undefined
    ? new BelayError("usage", `load: space: expected ${own.params.length} params, got ${others.length}`)
    : new BelayError(
        "usage",
        `load: space: expected param ${param.name} (${describe(param.distribution)}), got ${came}`,
      );
}

function listOf(given: Given, key: "trials" | "running" | "enqueued"): readonly unknown[] {
  const list = given[key];
  if (Array.isArray(list)) return list;
  throw new BelayError("usage", `load: ${key}: expected an array, got ${show(list)}`);
}

/** The number of a saved trial, which must be below `next` and new. */
function readNumber(what: string, trial: unknown, next: number, before: Set<number>): number {
  const number = (trial as { number?: unknown } | null)?.number;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0 || number >= next)
    throw new BelayError("usage", `${what}: number: expected one below ${next}, got ${show(number)}`);
  if (before.has(number))
    throw new BelayError("usage", `${what}: number: expected each number once, got ${number} again`);
  before.add(number);
  return number;
}

function readRunning(search: Search, what: string, trial: unknown) {
  checkOptions(what, trial, ["number", "params", "by", "reports", "estimate", "notFinite"], "usage");
  const { params, by, reports, estimate, notFinite = false } = trial as { [Key in keyof SavedRunning]: Json };
  if (typeof notFinite !== "boolean")
    throw new BelayError("usage", `${what}: notFinite: expected true or false, got ${show(notFinite)}`);
  const told = readTold({ state: "pruned", ...(estimate !== undefined && { estimate }) }, 1, what);
  const judged: Judged = { estimate: told.estimate ?? null, isNotFinite: notFinite };
  return {
    row: wholeRow(`${what}: params`, search.space, params),
    by: readBy(what, by as unknown),
    steps: readReports(what, search.splitCount, reports as unknown),
    judged,
  };
}
