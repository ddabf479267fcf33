import type { Answer } from "../../core/engine.ts";
import { show } from "../../core/error.ts";
import type { Report } from "../../core/trial.ts";

/** So many reports may wait for their answer: each is held by this thread, its host and the coordinator. */
const MOST_OPEN = 10_000;

/** What `report` of one split works with. */
export interface ReportDesk {
  readonly split: number;
  /** Tells the coordinator, and waits for what it answers. */
  readonly ask: (report: Report) => Promise<Answer>;
  /** The trial is to end; @returns what `report` rejects with. */
  readonly ended: (answer: Exclude<Answer, "go">) => Error;
  /** The split must fail, whatever `train` still returns. */
  readonly fail: (error: Error) => void;
  readonly log: (text: string) => void;
}

/**
 * The `report` of one split. Once the split is over its calls reach nobody: the thread trains another split by then, or
 * another trial. Such a call never settles, so that a loop that was left behind stops there; a rejection that nobody
 * handles would end the thread under the trial that runs now.
 */
export function reportDesk({ split, ask, ended, fail, log }: ReportDesk) {
  let isOver = false;
  let open = 0;
  let isTold = false;
  let flood: Error | null = null;

  const parked = (): Promise<void> => {
    if (!isTold)
      log(`report was called after split ${split} was over: is an await missing? The call is left out`);
    isTold = true;
    return new Promise(() => {});
  };

  async function tell(step: unknown, value: unknown): Promise<void> {
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
      if (isOver) return parked();
      const told = tell(step, value);
      told.catch(() => {}); // one that nobody awaits is no reason to end the thread
      return told;
    },
    close(): void {
      isOver = true;
    },
  };
}
