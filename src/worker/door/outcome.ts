import type { Json, TrialError } from "../../core/trial.ts";
import { amount, finite, nullable, partial, type Reader, record, text } from "./fields.ts";

/** Why a host may prune its trial; a pruner's verdict and the machine's reserve are others' to tell. */
export const HOST_PRUNE_REASONS = ["split-timeout", "trial-timeout", "memory-limit", "not-finite"] as const;

/** What a trial threw. */
export const trialError: Reader<TrialError> = record({
  name: text(250),
  message: text(5_000),
  stack: nullable(text(10_000)),
});

const MEASURED: Reader<Json> = nullable(amount);
const TOLD: Reader<Json> = text(200);

/** The measured numbers that go with a reason. */
export const detail: Reader<Readonly<Record<string, Json>>> = partial({
  limitMs: MEASURED,
  elapsedMs: MEASURED,
  limitBytes: MEASURED,
  seenBytes: MEASURED,
  exitCode: nullable(finite) as Reader<Json>,
  during: TOLD,
  by: TOLD,
  rung: TOLD,
  value: TOLD,
});
