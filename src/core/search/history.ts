import type { Space } from "../space/space.ts";
import { type Detail, type Estimate, type FinishedState, isGuard, type Reason } from "../trial.ts";
import { violationOf } from "./constraints.ts";
import type { Unparked } from "./unparked.ts";

/** A finished trial, as it is added to the history. */
export interface FinishedTrial {
  readonly number: number;
  readonly state: FinishedState;
  readonly reason: Reason | null;
  /** Its params, as a row of the space (see `Space`). */
  readonly row: Float64Array;
  /** One value per direction; empty unless complete. */
  readonly values: readonly number[];
  /** Feasible when all are <= 0; empty without constraints. */
  readonly constraints: readonly number[];
  /** For a trial that a guard ended: the measured time or memory / the limit - 1 (0.2 = 20 % over); else 0. */
  readonly overrun: number;
  /** For a pruned trial, the value that it would probably have reached, if its pruner estimated one. */
  readonly estimate?: Estimate | null;
  /** Who proposed it (see `Origin`); absent or null: that is not known. */
  readonly by?: string | null;
  /** It was taken up again after its race had stopped it. */
  readonly unparked?: Unparked;
  /** What the pruner sees: the first objective after each split, or at each report in a study with one split. */
  readonly steps: readonly Progress[];
}

/** An intermediate value of a trial: after a split, or at a report. */
export interface Progress {
  readonly step: number;
  readonly value: number;
}

/** The memory and time of a finished trial, from which those of trials with similar params are forecast. */
export interface Observation {
  readonly row: Float64Array;
  /** null: not measured, or the trial failed before it held all the memory that it needs. */
  readonly peakBytes: number | null;
  /** Durations of its finished splits, and of one that reached its time limit. */
  readonly splitMs: readonly number[];
}

/** A running trial, as samplers and pruners see it. */
export interface RunningTrial {
  readonly number: number;
  readonly row: Float64Array;
  /** Who proposed it (see `Origin`); absent or null: that is not known. */
  readonly by?: string | null;
  readonly steps: Progress[];
}

/** Codes of `History.state`. */
export const STATE_CODE: Readonly<Record<FinishedState, number>> = { complete: 0, pruned: 1, fail: 2 };

/**
 * What samplers and pruners read: the finished trials, in the order in which they were added, as append-only columns of
 * typed arrays, and the trials that run now. Only the first `size` entries of a column are valid. A column that grows
 * may be replaced by a longer one, so keep indices between calls, never arrays.
 */
export interface History {
  /** Number of finished trials. */
  readonly size: number;
  /**
   * The growing history of which this one is the beginning, or this one itself: the key for caches that grow with it. One
   * that can move its columns to memory that threads share has `share`.
   */
  readonly whole: { share?(): void };
  readonly space: Space;
  /** The trials' numbers. */
  readonly number: Float64Array;
  /** The trials' states, as `STATE_CODE`. */
  readonly state: Uint8Array;
  /** A column for each param of the space; NaN where the param is inactive. */
  readonly params: readonly Float64Array[];
  /** A column for each direction; NaN unless the trial is complete. */
  readonly values: readonly Float64Array[];
  /** Sum of the constraints above 0; 0 for a feasible trial. */
  readonly violation: Float64Array;
  /** `FinishedTrial.overrun`: above 0 for trials that a guard ended. */
  readonly overrun: Float64Array;
  /** `FinishedTrial.estimate`, its value and its standard deviation; NaN for a trial without one. */
  readonly estimate: Float64Array;
  readonly estimateSd: Float64Array;
  /** 1 if a limit of time or memory ended the trial: its steps until then are as good as those of a complete trial. */
  readonly guarded: Uint8Array;
  /** Who proposed the trial: an index in `proposers`. */
  readonly proposer: Uint8Array;
  /**
   * The names of those who proposed trials (see `Origin`), in the order in which they first did; "", the first entry,
   * stands for trials of which that is not known. It may have names of trials that come later in the whole history.
   */
  readonly proposers: readonly string[];
  /**
   * Steps of trial i: the entries from stepStart[i] up to, not including, stepStart[i + 1] of `step` and `stepValue`.
   */
  readonly stepStart: Float64Array;
  readonly step: Float64Array;
  readonly stepValue: Float64Array;
  /** The running trials, by number. */
  readonly running: ReadonlyMap<number, RunningTrial>;
}

/** So many names of proposers are told apart. */
const MOST_PROPOSERS = 256;

/** The one implementation of `History`: the coordinator and ask-tell append to it. */
export class TrialHistory implements History {
  size = 0;
  readonly space: Space;
  number: Float64Array = new Float64Array(64);
  state: Uint8Array = new Uint8Array(64);
  params: Float64Array[];
  values: Float64Array[];
  violation: Float64Array = new Float64Array(64);
  overrun: Float64Array = new Float64Array(64);
  estimate: Float64Array = new Float64Array(64);
  estimateSd: Float64Array = new Float64Array(64);
  guarded: Uint8Array = new Uint8Array(64);
  proposer: Uint8Array = new Uint8Array(64);
  readonly proposers: string[] = [""];
  stepStart: Float64Array = new Float64Array(65);
  step: Float64Array = new Float64Array(256);
  stepValue: Float64Array = new Float64Array(256);
  readonly running = new Map<number, RunningTrial>();
  #isShared = false;

  constructor(space: Space, directions: number) {
    this.space = space;
    this.params = space.params.map(() => new Float64Array(64));
    this.values = Array.from({ length: directions }, () => new Float64Array(64));
  }

  get whole(): this {
    return this;
  }

  /**
   * Moves the columns to memory that threads can share, in which they grow from now on. What a column has is never
   * changed, so another thread may read the first `size` entries while this one appends.
   */
  share(): void {
    if (this.#isShared) return;
    this.#isShared = true;
    this.#reserve(this.number.length);
    this.#reserveSteps(this.step.length);
  }

  /** Adds a running trial. */
  start(number: number, row: Float64Array, by: string | null = null): RunningTrial {
    const trial: RunningTrial = { number, row, by, steps: [] };
    this.running.set(number, trial);
    return trial;
  }

  /** Removes a running trial without an outcome, because it waits for its next attempt. */
  interrupt(number: number): void {
    this.running.delete(number);
  }

  /** Adds a finished trial. */
  append(trial: FinishedTrial): void {
    this.running.delete(trial.number);
    this.#ensureCapacity(this.size + 1);
    const i = this.size;
    this.number[i] = trial.number;
    this.state[i] = STATE_CODE[trial.state];
    this.params.forEach((column, p) => {
      column[i] = trial.row[p]!;
    });
    this.values.forEach((column, k) => {
      column[i] = trial.values[k] ?? Number.NaN;
    });
    this.violation[i] = violationOf(trial.constraints);
    this.overrun[i] = trial.overrun;
    this.estimate[i] = trial.estimate?.value ?? Number.NaN;
    this.estimateSd[i] = trial.estimate?.sd ?? Number.NaN;
    this.guarded[i] = isGuard(trial.reason) ? 1 : 0;
    this.proposer[i] = this.#proposerCode(trial.by ?? "");
    this.#appendSteps(i, trial.steps);
    this.size = i + 1;
  }

  /** The index of a proposer's name. More names than a column can tell apart count as unknown. */
  #proposerCode(name: string): number {
    const known = this.proposers.indexOf(name);
    if (known >= 0) return known;
    return this.proposers.length < MOST_PROPOSERS ? this.proposers.push(name) - 1 : 0;
  }

  #appendSteps(i: number, steps: readonly Progress[]): void {
    const start = this.stepStart[i]!;
    const end = start + steps.length;
    if (end > this.step.length) this.#reserveSteps(Math.max(end, this.step.length * 2));
    steps.forEach(({ step, value }, k) => {
      this.step[start + k] = step;
      this.stepValue[start + k] = value;
    });
    this.stepStart[i + 1] = end;
  }

  #ensureCapacity(size: number): void {
    if (size > this.number.length) this.#reserve(Math.max(size, this.number.length * 2));
  }

  /** Copies the columns into longer ones, for so many trials. */
  #reserve(trials: number): void {
    this.number = this.#numbers(this.number, trials);
    this.state = this.#bytes(this.state, trials);
    this.guarded = this.#bytes(this.guarded, trials);
    this.proposer = this.#bytes(this.proposer, trials);
    this.params = this.params.map((column) => this.#numbers(column, trials));
    this.values = this.values.map((column) => this.#numbers(column, trials));
    this.violation = this.#numbers(this.violation, trials);
    this.overrun = this.#numbers(this.overrun, trials);
    this.estimate = this.#numbers(this.estimate, trials);
    this.estimateSd = this.#numbers(this.estimateSd, trials);
    this.stepStart = this.#numbers(this.stepStart, trials + 1);
  }

  #reserveSteps(steps: number): void {
    this.step = this.#numbers(this.step, steps);
    this.stepValue = this.#numbers(this.stepValue, steps);
  }

  #numbers(column: Float64Array, size: number): Float64Array {
    const longer = new Float64Array(this.#memory(size * Float64Array.BYTES_PER_ELEMENT));
    longer.set(column);
    return longer;
  }

  #bytes(column: Uint8Array, size: number): Uint8Array {
    const longer = new Uint8Array(this.#memory(size));
    longer.set(column);
    return longer;
  }

  #memory(bytes: number): ArrayBufferLike {
    return this.#isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  }
}

/** Who proposed finished trial `i`; null if that is not known. */
export function proposerOf({ proposer, proposers }: History, i: number): string | null {
  return proposers[proposer[i]!] || null;
}

/** The params of finished trial `i`, as a row of the space. */
export function rowAt(history: History, i: number): Float64Array {
  return Float64Array.from(history.params, (column) => column[i]!);
}

/** The value of each split of finished trial `i`, by split number; NaN for a split that the trial does not have. */
export function splitValues(history: History, i: number, splitCount: number): Float64Array<ArrayBuffer> {
  const values = new Float64Array(splitCount).fill(Number.NaN);
  for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++)
    values[history.step[k]!] = history.stepValue[k]!;
  return values;
}

/** A longer copy of a column: at least `size` entries, and at least twice as many as before. */
export function grow(column: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(Math.max(size, column.length * 2));
  longer.set(column);
  return longer;
}

/**
 * How far beyond its limit a trial was when a guard ended it: measured / limit - 1, never below 0. 0 when no guard did.
 */
export function overrunOf(detail: Detail | null): number {
  const seen = detail?.seenBytes ?? detail?.elapsedMs;
  const limit = detail?.limitBytes ?? detail?.limitMs;
  return typeof seen === "number" && typeof limit === "number" && limit > 0
    ? Math.max(0, seen / limit - 1)
    : 0;
}

/** An estimate as it is recorded in the detail of a pruned trial, with the 95 % interval of the trial's true value. */
export function estimateDetail({ value, sd }: Estimate): Detail {
  return {
    estimate: value,
    estimateSd: sd,
    estimateLow: value - NORMAL_95 * sd,
    estimateHigh: value + NORMAL_95 * sd,
  };
}

/** With a probability of 95 % a normal variable is within this many standard deviations of its mean. */
const NORMAL_95 = 1.96;

/** The estimate in a trial's recorded detail; null if there is none. */
export function estimateOf(detail: Detail | null): Estimate | null {
  const value = detail?.estimate;
  if (typeof value !== "number") return null;
  const sd = detail?.estimateSd;
  return { value, sd: typeof sd === "number" ? sd : 0 };
}
