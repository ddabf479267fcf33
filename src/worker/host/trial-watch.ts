import type { TrialLimits, TrialTask } from "../../core/engine.ts";
import type { Detail, GuardReason, Outcome } from "../../core/trial.ts";
import type { FromHost, HostEnd, Rung } from "../protocol.ts";
import { ladder } from "./ladder.ts";

/** A trial as its host follows it. */
export interface CurrentTrial {
  readonly task: TrialTask;
  /** The limits of the split that runs. */
  limits: TrialLimits;
  /** Limits that have come meanwhile: for the next split. */
  nextLimits: TrialLimits | null;
  /** The split that runs or ran last; -1 before the first. */
  split: number;
  /** Its result has arrived: from here on nothing can change it. */
  told: boolean;
  /** Somebody has decided how it ends; the first decision wins over what the thread still says. */
  decided: HostEnd | null;
  ladder: ReturnType<typeof ladder> | null;
}

export function followTrial(task: TrialTask): CurrentTrial {
  return { task, limits: task.limits, nextLimits: null, split: -1, told: false, decided: null, ladder: null };
}

/** What the trial was doing, as rows tell it. */
export function duringOf(trial: CurrentTrial): string {
  return trial.split < 0 ? "start" : `split ${trial.split}`;
}

/** What ending a trial acts on. */
export interface Hold {
  readonly send: (message: FromHost) => void;
  readonly abort: () => void;
  readonly terminate: () => Promise<unknown>;
  /** Ends the process group once everything sent is out; null without a process of our own. */
  readonly kill: (() => void) | null;
}

/** A guard ends the trial: the reason is told before the act. Reasons of memory skip the grace. */
export function guardTrial(
  trial: CurrentTrial,
  reason: GuardReason,
  detail: Detail,
  memory: Extract<FromHost, { kind: "guard" }>["memory"],
  hold: Hold,
): void {
  if (trial.told || trial.decided) return;
  const outcome: Outcome = {
    state: "pruned",
    reason,
    detail: { ...detail, during: duringOf(trial), by: "host" },
  };
  trial.decided = outcome;
  hold.send({ kind: "guard", outcome, memory });
  if (reason === "memory-limit" && hold.kill) {
    hold.send({ kind: "rung", rung: "sigkill" });
    hold.kill();
  } else climb(trial, hold);
}

/** The coordinator wants the attempt to end at once: nothing is judged. */
export function interruptTrial(trial: CurrentTrial, hold: Hold): void {
  if (trial.told || trial.decided) return;
  trial.decided = { state: "interrupted" };
  climb(trial, hold);
}

function climb(trial: CurrentTrial, hold: Hold): void {
  const tell = (rung: Rung): void => hold.send({ kind: "rung", rung });
  trial.ladder = ladder(trial.limits.graceMs, { ...hold, tell });
  trial.ladder.start();
}
