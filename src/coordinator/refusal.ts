import type { Outcome } from "../core/trial.ts";
import { isRefused } from "../store/store-error.ts";
import type { StartedTrial } from "./proposal.ts";
import type { RunningStudy } from "./study.ts";

/**
 * Waits for a write about one attempt. What the database refuses for what it is (a value that a column does not take) is
 * the end of that trial, not of the run: nothing else hangs on it.
 *
 * @returns false when it was refused; then the attempt is on its way to its end.
 */
export async function isTaken(
  study: RunningStudy,
  trial: StartedTrial,
  write: Promise<unknown>,
): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (!isRefused(error)) throw error;
    trial.refused ??= refusalOf(error);
    study.attempts.cut(trial.number);
    return false;
  }
}

/** How a trial ends whose data the database has refused. */
export function refusalOf(error: unknown): Outcome {
  const why = error instanceof Error ? error.message : String(error);
  const message = `what the trial told: expected data that can be recorded, got ${why}`;
  const detail = { during: "record" };
  return { state: "fail", reason: "crash", detail, error: { name: "RefusedError", message, stack: null } };
}
