import { closeSync, openSync, readSync, writeSync } from "node:fs";

/**
 * A host writes what its clocks say into a small file, and the watcher reads it there: so the watcher is never
 * misled by a coordinator that is too busy to pass a message on.
 */
export interface Beacon {
  /** When the host wrote this, in milliseconds of the machine's monotonic clock. */
  readonly at: number;
  /** When the clock that runs out first is over; Infinity when none runs. */
  readonly deadlineAt: number;
  /** Place in `BEACON_REASONS`. */
  readonly reason: number;
  readonly limitMs: number;
  readonly memoryBytes: number;
  /** The split that runs, or -1. */
  readonly split: number;
}

export const BEACON_REASONS = ["setup-timeout", "split-timeout", "trial-timeout"] as const;

const FIELDS = ["at", "deadlineAt", "reason", "limitMs", "memoryBytes", "split"] as const;

/** The machine's monotonic clock: equal in every process. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** Writes beacons in place; a file that cannot be written is left alone, the host's own watch goes on. */
export function beaconWriter(file: string): (beacon: Beacon) => void {
  const values = new Float64Array(FIELDS.length);
  let fd: number | null = null;
  return (beacon) => {
    try {
      fd ??= openSync(file, "w", 0o600);
      FIELDS.forEach((field, i) => {
        values[i] = beacon[field];
      });
      writeSync(fd, new Uint8Array(values.buffer), 0, values.byteLength, 0);
    } catch {
      fd = null;
    }
  };
}

/** Reads the beacon in a file; null until there is a whole one. */
export function readBeacon(file: string): Beacon | null {
  try {
    const fd = openSync(file, "r");
    const values = new Float64Array(FIELDS.length);
    const length = readSync(fd, new Uint8Array(values.buffer), 0, values.byteLength, 0);
    closeSync(fd);
    if (length < values.byteLength) return null;
    return Object.fromEntries(FIELDS.map((field, i) => [field, values[i]])) as unknown as Beacon;
  } catch {
    return null;
  }
}
