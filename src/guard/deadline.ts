/** The reasons that a clock can give. */
export type DeadlineReason = "setup-timeout" | "split-timeout" | "trial-timeout" | "cleanup-timeout";

/** A deadline that has passed. */
export interface Missed {
  readonly reason: DeadlineReason;
  readonly limitMs: number;
  readonly elapsedMs: number;
}

interface Armed {
  readonly reason: DeadlineReason;
  limitMs: number;
  /** Time used up before `since`. */
  usedMs: number;
  /** null while the clock stands still. */
  since: number | null;
}

/**
 * The clocks of one host: each runs, stands still while a verdict is awaited, and is over at its limit. Times are
 * milliseconds of any monotonic clock that the caller passes as `now`.
 */
export function deadlines() {
  const armed = new Map<DeadlineReason, Armed>();
  return {
    /** Starts a clock; a limit of null is none. `usedMs` counts time from earlier attempts. */
    arm(reason: DeadlineReason, limitMs: number | null, now: number, usedMs = 0): void {
      armed.delete(reason);
      if (limitMs !== null) armed.set(reason, { reason, limitMs, usedMs, since: now });
    },
    /** Gives a clock another limit: the time that it has used counts. One that had none starts now. */
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
    /** Takes time off the clocks that run: nobody could use it. */
    forgive(lostMs: number, now: number): void {
      for (const clock of armed.values())
        if (clock.since !== null) clock.since = Math.min(now, clock.since + lostMs);
    },
    clear(): void {
      armed.clear();
    },
    /** The clock that runs out next, if nothing changes; null when none runs. */
    next(): { readonly at: number; readonly reason: DeadlineReason; readonly limitMs: number } | null {
      let next: { at: number; reason: DeadlineReason; limitMs: number } | null = null;
      for (const { since, reason, limitMs, usedMs } of armed.values()) {
        if (since === null) continue;
        const at = since + limitMs - usedMs;
        if (!next || at < next.at) next = { at, reason, limitMs };
      }
      return next;
    },
    /** The clock that is over by the most, or null. */
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
