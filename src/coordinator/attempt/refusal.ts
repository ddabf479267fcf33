import type { Outcome } from "../../core/trial.ts";

/** The outcome of a trial whose data the database has refused. */
export function refusalOf(error: unknown): Outcome {
  const why = error instanceof Error ? error.message : String(error);
  const message = `results of the trial: expected data that can be recorded, got ${why}`;
  const detail = { during: "record" };
  return { state: "fail", reason: "crash", detail, error: { name: "RefusedError", message, stack: null } };
}
