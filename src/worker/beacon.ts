import { closeSync, existsSync, openSync, readSync, writeSync } from "node:fs";

/**
 * The state of a host's clocks and memory, which it writes into a small file. The watcher reads it from there, so it
 * does not depend on a coordinator that may be too busy to pass messages on. After the host's death the file holds its
 * last state, even if the last messages were lost in the pipe.
 */
export interface Beacon {
  /** When the host wrote the beacon, in milliseconds of the machine's monotonic clock. */
  readonly at: number;
  /** The next deadline of the host's clocks; Infinity if none runs. */
  readonly deadlineAt: number;
  /** Index of that deadline's reason in `BEACON_REASONS`, or -1. */
  readonly reason: number;
  readonly limitMs: number;
  /** Number of the running trial, or -1. */
  readonly trial: number;
  /** Index of the running split, or -1. */
  readonly split: number;
  /** RSS of the host and its children; 0 if unknown. */
  readonly rssBytes: number;
  readonly baselineBytes: number;
  readonly peakBytes: number;
  /** Index in `BEACON_REASONS` of the reason for which the host's guard has ended the trial, or -1. */
  readonly verdict: number;
  /** The limit behind the verdict and the measured value, both in milliseconds or in bytes. */
  readonly verdictLimit: number;
  readonly verdictSeen: number;
  /** The number of messages that the host has sent to the coordinator and received from it. */
  readonly sent: number;
  readonly received: number;
}

export const BEACON_REASONS = ["setup-timeout", "split-timeout", "trial-timeout", "memory-limit"] as const;

/** The index of a reason in `BEACON_REASONS`; -1 for undefined and for any other reason. */
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
  "received",
] as const satisfies readonly (keyof Beacon)[];

const MOST = Number.MAX_SAFE_INTEGER;
const isNever = (value: number, i: number): boolean =>
  FIELDS[i] === "deadlineAt" && value === Number.POSITIVE_INFINITY;

// Kept from here on, because a trial may replace it.
const { bigint: nanoseconds } = process.hrtime;

/** The machine's monotonic clock in milliseconds, which is the same in every process. */
export function monotonicMs(): number {
  return Number(nanoseconds() / 1000n) / 1000;
}

/** How often a writer checks whether its file still exists; readers of a removed file would see nothing new. */
const LOOK_MS = 1_000;

/**
 * Creates a function that writes beacons into a file, in place. Failures to write are ignored, since the host still
 * watches itself. A removed file is created again, but not its folder: the coordinator removes that when it ends.
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

/** Reads the beacon in a file; null if it is missing, incomplete, or has numbers that no host writes. */
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
