/** The deadlines that a host can miss. */
export type DeadlineReason = "setup-timeout" | "split-timeout" | "trial-timeout" | "cleanup-timeout";

/** A deadline that has passed. */
export interface Missed {
  readonly reason: DeadlineReason;
  readonly limitMs: number;
  readonly elapsedMs: number;
}

interface DeadlineClock {
  readonly reason: DeadlineReason;
  limitMs: number;
  /** The time that had elapsed before `since`. */
  usedMs: number;
  /** When the clock last started or continued; null while it is paused. */
  since: number | null;
}

/**
 * The deadline clocks of one host. They are paused while a trial awaits a verdict. Times are milliseconds of any
 * monotonic clock, which the caller passes as `now`.
 */
export function deadlines() {
  const armed = new Map<DeadlineReason, DeadlineClock>();
  return {
    /** Starts a clock, unless its limit is null. `usedMs` is time that earlier attempts used. */
    arm(reason: DeadlineReason, limitMs: number | null, now: number, usedMs = 0): void {
      armed.delete(reason);
      if (limitMs !== null) armed.set(reason, { reason, limitMs, usedMs, since: now });
    },
    /** Changes the limit of a clock and keeps its elapsed time; a clock that was not armed starts now. */
    change(reason: DeadlineReason, limitMs: number | null, now: number): void {
      const clock = armed.get(reason);
      if (limitMs === null) armed.delete(reason);
      else if (clock) clock.limitMs = limitMs;
      else armed.set(reason, { reason, limitMs, usedMs: 0, since: now });
    },
    disarm(reason: DeadlineReason): void {
      armed.delete(reason);
    },
    pause(now: number): void {
      for (const clock of armed.values()) {
        if (clock.since === null) continue;
        clock.usedMs += now - clock.since;
        clock.since = null;
      }
    },
    resume(now: number): void {
      for (const clock of armed.values()) clock.since ??= now;
    },
    /** Takes lost time off the running clocks, such as the time for which the machine was suspended. */
    forgive(lostMs: number, now: number): void {
      for (const clock of armed.values())
        if (clock.since !== null) clock.since = Math.min(now, clock.since + lostMs);
    },
    clear(): void {
      armed.clear();
    },
    /** The next deadline of the running clocks; null if none runs. */
    next(): { readonly at: number; readonly reason: DeadlineReason; readonly limitMs: number } | null {
      let next: { at: number; reason: DeadlineReason; limitMs: number } | null = null;
      for (const { since, reason, limitMs, usedMs } of armed.values()) {
        if (since === null) continue;
        const at = since + limitMs - usedMs;
        if (!next || at < next.at) next = { at, reason, limitMs };
      }
      return next;
    },
    /** The deadline that is exceeded by the most; null if none is. */
    missed(now: number): Missed | null {
      let worst: Missed | null = null;
      let worstOver = 0;
      for (const { reason, limitMs, usedMs, since } of armed.values()) {
        const elapsedMs = usedMs + (since === null ? 0 : now - since);
        if (elapsedMs < limitMs || elapsedMs - limitMs < worstOver) continue;
        worstOver = elapsedMs - limitMs;
        worst = { reason, limitMs, elapsedMs };
      }
      return worst;
    },
  };
}

export type Deadlines = ReturnType<typeof deadlines>;
