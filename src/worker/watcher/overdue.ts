import type { Outcome } from "../../core/trial.ts";
import type { PauseWatch } from "../../machine/pauses.ts";
import { BEACON_REASONS, type Beacon } from "../beacon.ts";
import { ACKNOWLEDGE_MS } from "../host/ladder.ts";
import { duringSplit } from "../verdict.ts";
import type { WatchedLimits } from "./protocol.ts";

/** The time that a host has in addition to deadline, acknowledgement and grace, when its own ladder should be over. */
const LATE_MS = 350;
/**
 * The most that counts of the time between two looks. After a longer one the watcher itself could not run, or had not
 * started yet, and the host may have been in the same situation.
 */
const MOST_STEP_MS = 200;

/** What is known of a host besides its beacon. */
export interface HostClocks {
  /** The limits of its running trial; null if none runs. */
  readonly limits: WatchedLimits | null;
  /** Since when these limits hold. */
  readonly since: number;
  /** When a look first found the host late, in the watcher's own time; null if the last one did not. */
  lateSince: number | null;
}

/**
 * Judges whether hosts have failed to end a trial at its limits. A host that is late gets the time which its own ladder
 * takes, and only time in which the watcher could look counts: whatever keeps both from running (a paused container,
 * a machine that is too busy) also keeps the host from writing that it has set its deadline later.
 */
export function overdueJudge(graceMs: number, pauses: Pick<PauseWatch, "since">) {
  const allowedMs = ACKNOWLEDGE_MS + graceMs + LATE_MS;
  let awakeMs = 0;
  let last: number | null = null;
  return {
    /** Counts the time since the last look. Call it before hosts are judged, at least every 100 ms or so. */
    look(now: number): void {
      if (last !== null) awakeMs += Math.min(now - last, MOST_STEP_MS);
      last = now;
    },
    /** The outcome of a trial that its host should have ended by now; null if there is time left. */
    judge(host: HostClocks, beacon: Beacon, now: number): Outcome | null {
      // A host that was paused together with this process adds the pause to its deadlines, which its next beacon shows.
      const pausedMs = pauses.since(beacon.at);
      const missed = clocksOf(host, beacon).find(({ at }) => now > at + pausedMs);
      if (!missed) {
        host.lateSince = null;
        return null;
      }
      const lateMs = now - missed.at - pausedMs;
      host.lateSince ??= awakeMs - Math.min(lateMs, MOST_STEP_MS);
      if (awakeMs - host.lateSince <= allowedMs) return null;
      const { reason, limitMs } = missed;
      const elapsedMs = Math.round(limitMs + lateMs);
      const detail = {
        rung: "sigkill",
        limitMs,
        elapsedMs,
        during: duringSplit(beacon.split),
        by: "watcher",
      };
      if (reason === "setup-timeout") return { state: "fail", reason: "setup", detail, error: null };
      return { state: "pruned", reason: reason === "trial-timeout" ? reason : "split-timeout", detail };
    },
  };
}

function clocksOf({ limits, since }: HostClocks, beacon: Beacon) {
  const own = { reason: BEACON_REASONS[beacon.reason], limitMs: beacon.limitMs, at: beacon.deadlineAt };
  return limits ? [own, silenceDeadline(limits, Math.max(beacon.at, since))] : [own];
}

/** The deadline of a host that has stopped writing its beacon, which may have begun a split right afterwards. */
function silenceDeadline({ splitTimeoutMs, trialTimeoutMs }: WatchedLimits, at: number) {
  const split = splitTimeoutMs ?? Number.POSITIVE_INFINITY;
  const trial = trialTimeoutMs ?? Number.POSITIVE_INFINITY;
  return split <= trial
    ? ({ reason: "split-timeout", limitMs: split, at: at + split } as const)
    : ({ reason: "trial-timeout", limitMs: trial, at: at + trial } as const);
}
