import { BelayError, didYouMean, show } from "../error.ts";
import { checkOptions } from "../options.ts";
import { type Estimate, FAIL_REASONS, type FailReason, PRUNE_REASONS, type PruneReason } from "../trial.ts";
import type { FinishedTrial } from "./history.ts";

/**
 * How a trial ended, as `tell` takes it. A plain number, or an array of one for each direction, is short for
 * `{ state: "complete", value }`.
 *
 * @example
 * search.tell(number, { state: "pruned", reason: "memory-limit", overrun: 0.2 });
 */
export type Told =
  | {
      readonly state: "complete";
      /** One number, or one for each direction. */
      readonly value: number | readonly number[];
      /** The trial is feasible when all are <= 0. @default none */
      readonly constraints?: readonly number[];
    }
  | {
      readonly state: "pruned";
      /** @default "pruner" */
      readonly reason?: PruneReason;
      /** Measured time or memory / its limit - 1; above 0 means that a limit ended the trial. @default 0 */
      readonly overrun?: number;
      /** The value that the trial had when it was stopped. @default none */
      readonly value?: number;
      /**
       * The value that the trial would probably have reached, or that with its standard deviation. Samplers learn from
       * it as from a value; `best` never returns it.
       *
       * @default none
       */
      readonly estimate?: number | Estimate;
    }
  | {
      readonly state: "fail";
      /** @default "error" */
      readonly reason?: FailReason;
      /** As for a pruned trial. @default 0 */
      readonly overrun?: number;
    };

/** How a trial ended, as the history keeps it. */
export type Ended = Omit<FinishedTrial, "number" | "row">;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks and reads what `tell` was given, which in plain JavaScript may be anything.
 *
 * @param directions - How many values a complete trial has.
 * @param what - What is read, as the error names it.
 * @throws BelayError `usage`: one line, what was expected and what was given.
 */
export function readTold(told: unknown, directions: number, what = "tell"): Ended {
  if (told === null || typeof told !== "object" || Array.isArray(told))
    return readComplete({ value: told }, directions, what);
  const fields = told as Fields;
  if (!Object.hasOwn(fields, "state")) {
    const expected = directions === 1 ? "a number" : `${directions} numbers`;
    throw new BelayError("usage", `${what}: expected ${expected} or { state: ... }, got ${show(told)}`);
  }
  if (fields.state === "complete") return readComplete(fields, directions, what);
  if (fields.state === "pruned") return readPruned(fields, what);
  if (fields.state === "fail") return readFail(fields, what);
  throw new BelayError(
    "usage",
    `${what}: state: expected "complete", "pruned" or "fail", got ${show(fields.state)}`,
  );
}

/** What `tell` would have to be given for a trial to end as this one did, except for its steps. */
export function toTold({ state, reason, values, constraints, overrun, estimate }: Ended): Told {
  if (state === "complete") {
    const value = values.length === 1 ? values[0]! : values;
    return constraints.length === 0 ? { state, value } : { state, value, constraints };
  }
  const over = overrun === 0 ? {} : { overrun };
  if (state === "fail") return { state, reason: reason as FailReason, ...over };
  return { state, reason: reason as PruneReason, ...over, ...(estimate && { estimate }) };
}

const NOTHING = { values: [], constraints: [], overrun: 0, steps: [] };

function readComplete(fields: Fields, directions: number, what: string): Ended {
  checkOptions(what, fields, ["state", "value", "constraints"], "usage");
  const values = typeof fields.value === "number" ? [fields.value] : fields.value;
  if (!isNumbers(values) || values.length !== directions) {
    const expected = directions === 1 ? "a number" : `${directions} numbers`;
    throw new BelayError("usage", `${what}: value: expected ${expected}, got ${show(fields.value)}`);
  }
  const { constraints = [] } = fields;
  if (!isNumbers(constraints))
    throw new BelayError(
      "usage",
      `${what}: constraints: expected an array of numbers, got ${show(constraints)}`,
    );
  if (!values.every(Number.isFinite) || !constraints.every(Number.isFinite))
    return { ...NOTHING, state: "pruned", reason: "not-finite" };
  return {
    state: "complete",
    reason: null,
    values: values.map(plain),
    constraints: constraints.map(plain),
    overrun: 0,
    steps: NOTHING.steps,
  };
}

/** The number -0 is 0, as in the database, so that a trial is the same after a way through JSON. */
function plain(number: number): number {
  return number + 0;
}

function readPruned(fields: Fields, what: string): Ended {
  checkOptions(what, fields, ["state", "reason", "overrun", "value", "estimate"], "usage");
  const reason = readReason(what, fields.reason, PRUNE_REASONS, "pruner");
  const { value } = fields;
  if (value !== undefined && typeof value !== "number")
    throw new BelayError("usage", `${what}: value: expected a number, got ${show(value)}`);
  // A trial may have been stopped because its value was NaN or infinite: there is nothing to compare it by.
  const steps = value === undefined || !Number.isFinite(value) ? [] : [{ step: 0, value: plain(value) }];
  const estimate = readEstimate(what, fields.estimate);
  return { ...NOTHING, state: "pruned", reason, overrun: readOverrun(what, fields.overrun), estimate, steps };
}

function readFail(fields: Fields, what: string): Ended {
  checkOptions(what, fields, ["state", "reason", "overrun"], "usage");
  const reason = readReason(what, fields.reason, FAIL_REASONS, "error");
  return { ...NOTHING, state: "fail", reason, overrun: readOverrun(what, fields.overrun) };
}

function readReason<Reason extends string>(
  what: string,
  value: unknown,
  known: readonly Reason[],
  standard: Reason,
): Reason {
  if (value === undefined) return standard;
  const reason = known.find((each) => each === value);
  if (reason !== undefined) return reason;
  const hint = didYouMean(value, known, show);
  throw new BelayError(
    "usage",
    `${what}: reason: expected one of ${known.join(", ")}, got ${show(value)}${hint}`,
  );
}

function readOverrun(what: string, value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === "number" && Number.isFinite(value)) return plain(value);
  throw new BelayError("usage", `${what}: overrun: expected a finite number, got ${show(value)}`);
}

function readEstimate(what: string, told: unknown): Estimate | null {
  if (told === undefined) return null;
  const fields = typeof told === "number" ? { value: told } : told;
  if (fields !== null && typeof fields === "object") {
    checkOptions(`${what}: estimate`, fields, ["value", "sd"], "usage");
    const { value, sd = 0 } = fields as Partial<Estimate>;
    if (
      typeof value === "number" &&
      typeof sd === "number" &&
      Number.isFinite(value) &&
      sd >= 0 &&
      sd < Infinity
    )
      return { value: plain(value), sd: plain(sd) };
  }
  throw new BelayError(
    "usage",
    `${what}: estimate: expected a finite number, or { value, sd } of such, got ${show(told)}`,
  );
}

function isNumbers(value: unknown): value is readonly number[] {
  // `every` alone would skip the holes of a sparse array, which are no numbers.
  return Array.isArray(value) && Array.from(value).every((entry) => typeof entry === "number");
}
