import type { Json, TrialError } from "../../core/trial.ts";
import { amount, type FieldReader, finite, nullable, partial, record, text } from "./fields.ts";

/**
 * The reasons for which a host may prune its trial. A pruner's verdict and the machine's reserve are not among them.
 */
export const HOST_PRUNE_REASONS = ["split-timeout", "trial-timeout", "memory-limit", "not-finite"] as const;

/** Reads the error of a trial. */
export const trialError: FieldReader<TrialError> = record({
  name: text(250),
  message: text(5_000),
  stack: nullable(text(10_000)),
});

const MEASURED: FieldReader<Json> = nullable(amount);
const TEXT: FieldReader<Json> = text(200);

/** Reads the details of an outcome. */
export const detail: FieldReader<Readonly<Record<string, Json>>> = partial({
  limitMs: MEASURED,
  elapsedMs: MEASURED,
  limitBytes: MEASURED,
  seenBytes: MEASURED,
  exitCode: nullable(finite) as FieldReader<Json>,
  signal: TEXT,
  during: TEXT,
  by: TEXT,
  rung: TEXT,
  value: TEXT,
});
