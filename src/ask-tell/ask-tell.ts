import { BelayError, show } from "../core/error.ts";
import { checkOptions } from "../core/options.ts";
import { rng } from "../core/rng.ts";
import { type Direction, isDirection, sign } from "../core/search/direction.ts";
import { type History, TrialHistory } from "../core/search/history.ts";
import type { AskContext, Sampler, SamplerName } from "../core/search/sampler.ts";
import { readTold, type Told } from "../core/search/told.ts";
import { uniformRow } from "../core/space/draw.ts";
import { type ParamDeclaration, type Params, type Space, toParams, toRow } from "../core/space/space.ts";
import { samplers } from "../sampler/registry.ts";
import { readSpace } from "../study/read-space.ts";

/**
 * Options of `askTell`: what it searches, and how.
 *
 * @example
 * const options: AskTellOptions = { space: { x: float(-5, 5) }, direction: "minimize", sampler: "tpe", seed: 1 };
 */
export interface AskTellOptions {
  /** The search space, as in a study file. */
  readonly space: Readonly<Record<string, ParamDeclaration>>;
  /** Whether a smaller or a larger value is better. @default "minimize", unless `directions` are given */
  readonly direction?: Direction;
  /** One direction for each of several objectives, in place of `direction`. */
  readonly directions?: readonly Direction[];
  /**
   * The sampler, as its name or what its factory returns.
   *
   * @default "tpe"
   */
  readonly sampler?: SamplerName | Sampler;
  /**
   * A whole number: equal seeds and equal outcomes give equal trials.
   *
   * @default 0
   */
  readonly seed?: number;
  /**
   * Whether the same params may give different values; then duplicates are allowed.
   *
   * @default false
   */
  readonly noise?: boolean;
  /**
   * How many trials you plan, for samplers that spend a budget.
   *
   * @default not known
   */
  readonly trials?: number;
}

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

/**
 * The best trial so far.
 *
 * @example
 * console.log(search.best()?.params);
 */
export interface BestTrial extends AskedTrial {
  /** The value that `tell` was given. */
  readonly value: number;
}

/**
 * A study in memory, driven by a loop of your own.
 *
 * @example
 * const search: AskTell = askTell({ space, direction: "maximize" });
 */
export interface AskTell {
  /**
   * Starts the next trial: with enqueued params, if there are any, else with what the sampler proposes. Several trials
   * may run at once.
   *
   * @returns null when the space is exhausted.
   */
  ask(): AskedTrial | null;
  /**
   * Ends a running trial. A value or constraint that is NaN or infinite prunes it (`not-finite`), as in a study.
   *
   * @param told - The value, an array with one value for each direction, or how the trial ended.
   * @throws BelayError `usage`: no such trial runs, the values do not fit the directions, or a wrong field.
   */
  tell(number: number, told: number | readonly number[] | Told): void;
  /**
   * Adds params that `ask` returns before it uses the sampler again. Params that are left out are drawn at random.
   *
   * @throws BelayError `usage`: an unknown name, a value that the param cannot take, or a param that is inactive.
   */
  enqueue(params: Readonly<Record<string, unknown>>): void;
  /**
   * The complete and feasible trial with the best value; null while there is none.
   *
   * @throws BelayError `usage` with several directions, because then there is no single best trial.
   */
  best(): BestTrial | null;
  /** The search space, checked, with parents before their children. */
  readonly space: Space;
  /** The finished trials and those that run now, as the sampler sees them. */
  readonly history: History;
}

/**
 * Ask and tell: uses the samplers of a study in a loop of your own, in memory and without workers.
 *
 * @example
 * const search = askTell({ space: { x: float(-5, 5) }, direction: "minimize", seed: 1 });
 * for (let trial = search.ask(); trial && trial.number < 100; trial = search.ask()) {
 *   search.tell(trial.number, Number(trial.params.x) ** 2);
 * }
 *
 * @throws BelayError `study` for a bad space, `usage` for any other wrong option.
 */
export function askTell(options: AskTellOptions): AskTell {
  checkOptions("askTell", options, OPTIONS, "usage");
  const space = readSpace(options.space);
  const directions = checkDirections(options);
  const { seed = 0, noise = false, sampler = "tpe", trials = null } = options;
  if (!Number.isSafeInteger(seed)) {
    throw new BelayError("usage", `seed: expected a whole number, got ${show(seed)}`);
  }
  if (typeof noise !== "boolean") {
    throw new BelayError("usage", `noise: expected true or false, got ${show(noise)}`);
  }
  if (trials !== null && !(Number.isSafeInteger(trials) && trials >= 1)) {
    throw new BelayError("usage", `trials: expected a whole number, 1 or more, got ${show(trials)}`);
  }
  const study: Study = {
    space,
    trials,
    directions,
    noise,
    seed,
    sampler: readSampler(sampler),
    history: new TrialHistory(space, directions.length),
    queue: [],
    next: 0,
  };
  return {
    ask: () => ask(study),
    tell: (number, told) => tell(study, number, told),
    enqueue: (params) => void study.queue.push(toEnqueued(space, params)),
    best: () => best(study),
    space,
    history: study.history,
  };
}

interface Study {
  readonly space: Space;
  readonly directions: readonly Direction[];
  readonly noise: boolean;
  readonly seed: number;
  readonly trials: number | null;
  readonly sampler: Sampler;
  readonly history: TrialHistory;
  readonly queue: Float64Array[];
  next: number;
}

const OPTIONS: readonly (keyof AskTellOptions)[] = [
  "space",
  "direction",
  "directions",
  "sampler",
  "seed",
  "noise",
  "trials",
];

function readSampler(sampler: unknown): Sampler {
  if (typeof sampler === "string") return samplers.make("sampler", sampler);
  if (
    sampler !== null &&
    typeof sampler === "object" &&
    "ask" in sampler &&
    typeof sampler.ask === "function"
  )
    return sampler as Sampler;
  const expected = "a sampler's name, or what its factory returns, such as tpe()";
  throw new BelayError("usage", `sampler: expected ${expected}, got ${show(sampler)}`);
}

function checkDirections({ direction, directions }: AskTellOptions): readonly Direction[] {
  if (direction !== undefined && directions !== undefined) {
    throw new BelayError("usage", "direction: expected either direction or directions, got both");
  }
  if (directions !== undefined && (!Array.isArray(directions) || directions.length === 0)) {
    const expected = 'an array such as ["minimize", "maximize"]';
    throw new BelayError("usage", `directions: expected ${expected}, got ${show(directions)}`);
  }
  const all: readonly Direction[] = directions ?? [direction ?? "minimize"];
  const bad = all.find((one) => !isDirection(one));
  if (bad === undefined) return all;
  throw new BelayError("usage", `direction: expected "minimize" or "maximize", got ${show(bad)}`);
}

function ask(study: Study): AskedTrial | null {
  const { space, history, seed, next: number } = study;
  const queued = study.queue.shift();
  const context: AskContext = {
    space,
    directions: study.directions,
    history,
    number,
    rng: (purpose) => rng(seed, number, purpose),
    studyRng: (purpose) => rng(seed, -1, purpose),
    noise: study.noise,
    trials: study.trials,
  };
  const row = queued ? uniformRow(space, context.rng("enqueue"), queued) : study.sampler.ask(context);
  if (!row) return null;
  history.start(number, row);
  study.next++;
  return { number, params: toParams(space, row) };
}

/** The row of enqueued params. @throws BelayError `usage` for a param that cannot be active beside the others. */
function toEnqueued(space: Space, params: Readonly<Record<string, unknown>>): Float64Array {
  if (params === null || typeof params !== "object" || Array.isArray(params)) {
    const example = `{ ${space.params[0]!.name}: ... }`;
    throw new BelayError("usage", `enqueue: expected params such as ${example}, got ${show(params)}`);
  }
  const row = toRow(space, params);
  space.params.forEach(({ name, when }, i) => {
    // A parent that is left open is drawn later, so only a parent that is set can rule its child out.
    const ruledOut = when.some(
      ({ parent, values }) => !Number.isNaN(row[parent]!) && !values.includes(row[parent]!),
    );
    if (Number.isNaN(row[i]!) || !ruledOut) return;
    throw new BelayError(
      "usage",
      `enqueue: ${name}: expected no value, since it is inactive here, got ${show(params[name])}`,
    );
  });
  return row;
}

function tell(study: Study, number: number, told: unknown): void {
  const running = study.history.running.get(number);
  if (!running)
    throw new BelayError("usage", `tell: expected the number of a running trial, got ${show(number)}`);
  study.history.append({ number, row: running.row, ...readTold(told, study.directions.length) });
}

function best({ history, directions, space }: Study): BestTrial | null {
  if (directions.length > 1) {
    throw new BelayError("usage", `best: expected one direction, got ${directions.length}`);
  }
  const flip = sign(directions[0]!);
  const values = history.values[0]!;
  let first = -1;
  for (let i = 0; i < history.size; i++) {
    if (Number.isNaN(values[i]!) || history.violation[i]! > 0) continue;
    if (first < 0 || values[i]! * flip < values[first]! * flip) first = i;
  }
  if (first < 0) return null;
  const row = Float64Array.from(history.params, (column) => column[first]!);
  return { number: history.number[first]!, value: values[first]!, params: toParams(space, row) };
}
