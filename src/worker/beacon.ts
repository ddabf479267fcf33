import { closeSync, existsSync, openSync, readSync, writeSync } from "node:fs";

/**
 * A host writes what its clocks say and what it holds into a small file. The watcher reads it there, so that it is
 * never misled by a coordinator that is too busy to pass a message on; and when a host is dead, its last words are in
 * it, also those that the pipe has swallowed.
 */
export interface Beacon {
  /** When the host wrote this, in milliseconds of the machine's monotonic clock. */
  readonly at: number;
  /** When the clock that runs out first is over; Infinity when none runs. */
  readonly deadlineAt: number;
  /** That clock's place in `BEACON_REASONS`, or -1. */
  readonly reason: number;
  readonly limitMs: number;
  /** The trial that runs, or -1. */
  readonly trial: number;
  /** The split that runs, or -1. */
  readonly split: number;
  /** RSS of host and children; 0 when it is not known. */
  readonly rssBytes: number;
  readonly baselineBytes: number;
  readonly peakBytes: number;
  /** The place in `BEACON_REASONS` of the reason with which this host's guard has ended the trial, or -1. */
  readonly verdict: number;
  /** The limit behind the verdict, in its own unit, and what was measured. */
  readonly verdictLimit: number;
  readonly verdictSeen: number;
  /** How many messages the host has sent to the coordinator, and how many of it have come. */
  readonly sent: number;
  readonly heard: number;
}

export const BEACON_REASONS = ["setup-timeout", "split-timeout", "trial-timeout", "memory-limit"] as const;

/** A reason's place in `BEACON_REASONS`; -1 for any other, and for none. */
export function beaconReason(reason: string | undefined): number {
  const reasons: readonly (string | undefined)[] = BEACON_REASONS;
  return reasons.indexOf(reason);
}

const FIELDS = [
  "at",
  "deadlineAt",
  "reason",
  "limitMs",
  "trial",
  "split",
  "rssBytes",
  "baselineBytes",
  "peakBytes",
  "verdict",
  "verdictLimit",
  "verdictSeen",
  "sent",
  "heard",
] as const satisfies readonly (keyof Beacon)[];

const MOST = Number.MAX_SAFE_INTEGER;
const isNever = (value: number, i: number): boolean =>
  FIELDS[i] === "deadlineAt" && value === Number.POSITIVE_INFINITY;

// Taken now: a trial may put its own in its place.
const { bigint: nanoseconds } = process.hrtime;

/** The machine's monotonic clock: equal in every process. */
export function monotonicMs(): number {
  return Number(nanoseconds() / 1000n) / 1000;
}

/** How often a writer looks whether its file is still there: readers would find none, or nothing new. */
const LOOK_MS = 1_000;

/**
 * Writes beacons in place; a file that cannot be written is left alone, the host's own watch goes on. One that somebody has
 * removed is made again, but never its folder: that is the coordinator's, which may just have ended and taken it away.
 */
export function beaconWriter(file: string): (beacon: Beacon) => void {
  const values = new Float64Array(FIELDS.length);
  const bytes = new Uint8Array(values.buffer);
  let fd: number | null = null;
  let lookedAt = 0;
  return (beacon) => {
    for (let i = 0; i < FIELDS.length; i++) values[i] = beacon[FIELDS[i]!];
    try {
      if (fd !== null && beacon.at - lookedAt >= LOOK_MS) {
        lookedAt = beacon.at;
        if (!existsSync(file)) {
          closeSync(fd);
          fd = null;
        }
      }
      fd ??= openSync(file, "w", 0o600);
      writeSync(fd, bytes, 0, bytes.length, 0);
    } catch {
      fd = null;
    }
  };
}

/** Reads the beacon in a file; null until there is a whole one, with numbers that a host can have written. */
export function readBeacon(file: string): Beacon | null {
  const values = new Float64Array(FIELDS.length);
  try {
    const fd = openSync(file, "r");
    const length = readSync(fd, new Uint8Array(values.buffer), 0, values.byteLength, 0);
    closeSync(fd);
    if (length < values.byteLength) return null;
  } catch {
    return null;
  }
  if (!values.every((value, i) => Math.abs(value) <= MOST || isNever(value, i))) return null;
  return Object.fromEntries(FIELDS.map((field, i) => [field, values[i]])) as unknown as Beacon;
}
