import type { Outcome, Reason } from "../core/trial.ts";

/** What one outcome says about whether the study works at all. */
export type Sign =
  /** The trial ran; a pruner's prune says so too. */
  | { readonly lost: false }
  /** It was lost to a failure or a guard. Losses with one fingerprint have one cause. */
  | { readonly lost: true; readonly fingerprint: string };

/** Prunes that say that something is wrong with the trial, or with its limits. */
const LOST: readonly Reason[] = [
  "split-timeout",
  "trial-timeout",
  "memory-limit",
  "memory-reserve",
  "not-finite",
];

/**
 * Reads an outcome. A trial that a person killed says nothing (null). A value that is not finite is a failure of the
 * objective, and counts as lost.
 */
export function signOf(outcome: Outcome): Sign | null {
  if (outcome.state === "complete") return { lost: false };
  const { reason } = outcome;
  if (outcome.state === "fail") {
    if (reason === "stopped") return null;
    return { lost: true, fingerprint: fingerprintOf(reason, outcome.error) };
  }
  return LOST.includes(reason) ? { lost: true, fingerprint: reason } : { lost: false };
}

/** Reason, error and the first line of the trial's own code, without the numbers that differ from trial to trial. */
function fingerprintOf(
  reason: string,
  error: { name: string; message: string; stack: string | null } | null,
): string {
  if (!error) return reason;
  const frame = error.stack?.split("\n").find((line) => /^\s+at /.test(line)) ?? "";
  return `${reason} ${error.name} ${error.message.split("\n")[0]} ${frame.trim()}`
    .replace(/0x[0-9a-f]+|\d+(\.\d+)?(e[+-]?\d+)?/gi, "#")
    .slice(0, 300);
}

/** Closed: all is well. Open: no trial starts. Half-open: one trial probes. Dead: the run ends. */
export type BreakerState = "closed" | "open" | "half-open" | "dead";

export interface BreakerOptions {
  /** How many of the last outcomes are looked at. @default 20 */
  readonly window?: number;
  /** Opens when at least this share of a full window is lost. @default 0.9 */
  readonly share?: number;
  /** Opens when this many in a row have the same fingerprint. @default 10 */
  readonly row?: number;
  /** Time from opening, or from a failed probe, to the next probe. @default 10_000 */
  readonly restMs?: number;
  /** Ends the run after this many failed probes in a row. @default 3 */
  readonly probes?: number;
}

/**
 * The circuit breaker: a study of which nearly every trial is lost burns time and tells nobody. A pure state machine;
 * `now` is milliseconds of any monotonic clock.
 */
export function circuitBreaker({
  window = 20,
  share = 0.9,
  row = 10,
  restMs = 10_000,
  probes = 3,
}: BreakerOptions = {}) {
  let state: BreakerState = "closed";
  let recent: Sign[] = [];
  let inRow = 0;
  let openedAt = 0;
  let failedProbes = 0;
  let probe: number | null = null;

  function shouldOpen(): boolean {
    if (inRow >= row) return true;
    return recent.length >= window && recent.filter(({ lost }) => lost).length >= share * recent.length;
  }

  function close(): void {
    state = "closed";
    recent = [];
    inRow = 0;
    failedProbes = 0;
    probe = null;
  }

  function loseProbe(now: number): void {
    probe = null;
    failedProbes++;
    openedAt = now;
    state = failedProbes >= probes ? "dead" : "open";
  }

  return {
    get state() {
      return state;
    },
    get failedProbes() {
      return failedProbes;
    },
    /** Lost outcomes and all outcomes among those that are looked at. */
    get lost(): readonly [lost: number, of: number] {
      return [recent.filter((sign) => sign.lost).length, recent.length];
    },
    get inRow() {
      return inRow;
    },
    /** Whether a trial may start now; after a rest the one that starts is the probe. */
    mayStart(now: number): boolean {
      return state === "closed" || (state === "open" && now - openedAt >= restMs);
    },
    /** A trial starts. */
    started(number: number, now: number): void {
      if (state !== "open" || now - openedAt < restMs) return;
      state = "half-open";
      probe = number;
    },
    /** A trial has ended without an outcome that counts: a probe that was killed or interrupted proves nothing. */
    forget(number: number): void {
      if (probe !== number) return;
      probe = null;
      state = "open";
    },
    /** A trial is over. @returns whether the breaker has just changed. */
    note(number: number, sign: Sign, now: number): boolean {
      const before = state;
      if (!sign.lost && state !== "dead" && state !== "closed") {
        close(); // the probe, or one that was under way, has worked
        return true;
      }
      if (state === "closed") {
        const last = recent.at(-1);
        const isSame = sign.lost && last?.lost === true && last.fingerprint === sign.fingerprint;
        inRow = sign.lost ? (isSame ? inRow + 1 : 1) : 0;
        recent = [...recent.slice(-(window - 1)), sign];
        if (!shouldOpen()) return false;
        state = "open";
        openedAt = now;
      } else if (number === probe) loseProbe(now);
      return state !== before || number === probe;
    },
  };
}
