import type { TrialTask } from "../../core/engine.ts";
import type { Rung } from "../protocol.ts";
import { type GuardVerdict, outcomeOf } from "../verdict.ts";
import { type CurrentTrial, endSoon, type Host, hostNow, say, showBeacon } from "./host.ts";
import { ladder } from "./ladder.ts";

/** A trial that is about to start. */
export function followTrial(task: TrialTask): CurrentTrial {
  const { limits } = task;
  const undecided = { told: false, decided: null, verdict: null, ladder: null };
  return { task, limits, nextLimits: null, split: -1, between: false, ...undecided };
}

/** A guard ends the trial: the reason is told before the act. Reasons of memory skip the grace. */
export function guardTrial(
  host: Host,
  trial: CurrentTrial,
  reason: GuardVerdict["reason"],
  { limit, seen }: { limit: number; seen: number },
): void {
  if (trial.told || trial.decided) return;
  trial.verdict = { reason, limit, seen };
  const outcome = outcomeOf(trial.verdict, trial.split);
  trial.decided = outcome;
  showBeacon(host, hostNow(host));
  say(host, trial, { kind: "guard", outcome, memory: host.memory.reading() });
  if (reason === "memory-limit" && host.parts.ownProcess) endAtOnce(host, trial);
  else climb(host, trial);
}

/** The coordinator wants the attempt to end at once: nothing is judged. */
export function interruptTrial(host: Host, trial: CurrentTrial): void {
  if (trial.told || trial.decided) return;
  trial.decided = { state: "interrupted" };
  climb(host, trial);
}

/** The last rung, without the others. */
export function endAtOnce(host: Host, trial: CurrentTrial): void {
  if (host.ending) return;
  say(host, trial, { kind: "rung", rung: "sigkill" });
  endSoon(host);
}

function climb(host: Host, trial: CurrentTrial): void {
  trial.ladder = ladder(trial.limits.graceMs, {
    abort: () => host.trainer.post({ kind: "abort" }),
    terminate: () => host.trainer.terminate(),
    kill: host.parts.ownProcess ? () => endSoon(host) : null,
    tell: (rung: Rung) => say(host, trial, { kind: "rung", rung }),
  });
  trial.ladder.start();
}
