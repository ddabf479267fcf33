import type { Outcome, Reason } from "../core/trial.ts";

/** What an outcome says about whether the study works at all. */
export type Sign =
  /** The trial worked; this includes one that a pruner stopped. */
  | { readonly lost: false }
  /** The trial was lost to a failure or a guard. Losses with the same fingerprint have the same cause. */
  | { readonly lost: true; readonly fingerprint: string };

/** The prune reasons that mean that something is wrong with the trial or its limits. */
const LOST: readonly Reason[] = [
  "split-timeout",
  "trial-timeout",
  "memory-limit",
  "memory-reserve",
  "not-finite",
];

/**
 * What an outcome says about the study; null for a trial that a person killed, which says nothing. A value that is not
 * finite is a failure of the objective and counts as lost.
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

/** The reason, the error and the top frame of its stack, without numbers, which differ from trial to trial. */
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

/** Closed: trials start. Open: no trial starts. Half-open: one trial runs as a probe. Dead: the run ends. */
export type BreakerState = "closed" | "open" | "half-open" | "dead";

export interface BreakerOptions {
  /** How many of the last outcomes are considered. @default 20 */
  readonly window?: number;
  /** The breaker opens when at least this share of a full window is lost. @default 0.9 */
  readonly share?: number;
  /** The breaker opens when this many lost outcomes in a row have the same fingerprint. @default 10 */
  readonly row?: number;
  /** The time from opening, or from a failed probe, to the next probe. @default 10_000 */
  readonly restMs?: number;
  /** The breaker is dead after this many failed probes in a row. @default 3 */
  readonly probes?: number;
}

/**
 * A circuit breaker, which stops starting trials when nearly all are lost. It is a pure state machine; `now` is
 * milliseconds of any monotonic clock.
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
    /** Whether a trial may start now. The first one after the rest is the probe. */
    mayStart(now: number): boolean {
      return state === "closed" || (state === "open" && now - openedAt >= restMs);
    },
    /** Records the start of a trial. */
    started(number: number, now: number): void {
      if (state !== "open" || now - openedAt < restMs) return;
      state = "half-open";
      probe = number;
    },
    /** Records that a trial was killed or interrupted: if it was the probe, another one must follow. */
    forget(number: number): void {
      if (probe !== number) return;
      probe = null;
      state = "open";
    },
    /** Records the outcome of a trial. @returns whether the state has changed. */
    note(number: number, sign: Sign, now: number): boolean {
      const before = state;
      if (!sign.lost && state !== "dead" && state !== "closed") {
        close(); // the probe, or a trial that had started before, has worked
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
      return state !== before;
    },
  };
}
