import type { Answer } from "../../core/engine.ts";
import { show } from "../../core/error.ts";
import type { Report } from "../../core/trial.ts";

/** The most reports that may await an answer; each takes memory in this thread, its host and the coordinator. */
const MOST_OPEN = 10_000;

/** The options of `splitReporter`. */
export interface SplitReporterOptions {
  readonly split: number;
  /** Sends a report to the coordinator, and waits for the answer. */
  readonly ask: (report: Report) => Promise<Answer>;
  /** Called when the answer ends the trial. @returns the error with which `report` rejects. */
  readonly ended: (answer: Exclude<Answer, "go">) => Error;
  /** Makes the split fail, whatever `train` still returns. */
  readonly fail: (error: Error) => void;
  readonly log: (text: string) => void;
}

/**
 * Creates the `report` function of one split. Calls after the end of the split are ignored, since the thread trains
 * another split or trial by then. They never settle, so that a loop that was left behind stops; an unhandled rejection
 * would end the thread, and with it the trial that runs now.
 */
export function splitReporter({ split, ask, ended, fail, log }: SplitReporterOptions) {
  let isOver = false;
  let open = 0;
  let isWarned = false;
  let flood: Error | null = null;

  const ignore = (): Promise<void> => {
    if (!isWarned)
      log(`report was called after split ${split} was over: is an await missing? The call is left out`);
    isWarned = true;
    return new Promise(() => {});
  };

  async function send(step: unknown, value: unknown): Promise<void> {
    if (typeof step !== "number" || !Number.isFinite(step))
      throw new TypeError(`report: step: expected a finite number, got ${show(step)}`);
    if (typeof value !== "number")
      throw new TypeError(`report: value: expected a number, got ${show(value)}`);
    if (open >= MOST_OPEN) {
      flood ??= new Error(
        `report: expected each call to be awaited, got more than ${MOST_OPEN} that are not`,
      );
      fail(flood);
      throw flood;
    }
    open++;
    const answer = await ask({ split, step, value });
    open--;
    if (isOver) return new Promise(() => {});
    if (answer !== "go") throw ended(answer);
  }

  return {
    report(step: number, value: number): Promise<void> {
      if (isOver) return ignore();
      const answered = send(step, value);
      answered.catch(() => {}); // the rejection of a call that nobody awaits must not end the thread
      return answered;
    },
    close(): void {
      isOver = true;
    },
  };
}
