import type { TrialTask } from "../../core/engine.ts";
import type { Rung } from "../protocol.ts";
import { type GuardVerdict, outcomeOf } from "../verdict.ts";
import { type CurrentTrial, endSoon, type Host, hostNow, sendTrialMessage, updateBeacon } from "./host.ts";
import { ladder } from "./ladder.ts";

/** Creates the state of a trial that is about to start. */
export function newTrial(task: TrialTask): CurrentTrial {
  const { limits } = task;
  const undecided = { hasOutcome: false, decided: null, verdict: null, ladder: null };
  return { task, limits, nextLimits: null, split: -1, awaitsVerdict: false, ...undecided };
}

/** Ends the trial by a guard's verdict, after its reason is sent. A trial over its memory limit gets no grace. */
export function guardTrial(
  host: Host,
  trial: CurrentTrial,
  reason: GuardVerdict["reason"],
  { limit, seen }: { limit: number; seen: number },
): void {
  if (trial.hasOutcome || trial.decided) return;
  trial.verdict = { reason, limit, seen };
  const outcome = outcomeOf(trial.verdict, trial.split);
  trial.decided = outcome;
  updateBeacon(host, hostNow(host));
  sendTrialMessage(host, trial, { kind: "guard", outcome, memory: host.memory.reading() });
  if (reason === "memory-limit" && host.parts.ownProcess) endAtOnce(host, trial);
  else startLadder(host, trial);
}

/** Ends the attempt because the coordinator has aborted it; it has no result then. */
export function interruptTrial(host: Host, trial: CurrentTrial): void {
  if (trial.hasOutcome || trial.decided) return;
  trial.decided = { state: "interrupted" };
  startLadder(host, trial);
}

/** Skips to the last rung of the ladder. */
export function endAtOnce(host: Host, trial: CurrentTrial): void {
  if (host.ending) return;
  sendTrialMessage(host, trial, { kind: "rung", rung: "sigkill" });
  endSoon(host);
}

function startLadder(host: Host, trial: CurrentTrial): void {
  trial.ladder = ladder(trial.limits.graceMs, {
    abort: () => host.trainer.post({ kind: "abort" }),
    terminate: () => host.trainer.terminate(),
    kill: host.parts.ownProcess ? () => endSoon(host) : null,
    announce: (rung: Rung) => sendTrialMessage(host, trial, { kind: "rung", rung }),
  });
  trial.ladder.start();
}
