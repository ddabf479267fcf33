import { cpuMs, pauseBetween } from "../machine/pauses.ts";
import { monotonicMs } from "./beacon.ts";

/** Memory in which a host's main thread records pauses for the thread that trains, which is too busy to notice them. */
export type PauseShare = SharedArrayBuffer;

/** The layout: a counter that is odd during a write, then lost time, and clock and processor time of the last look. */
const COUNTER_BYTES = 8;
const NUMBERS = 3;

/** Creates an empty record. */
export function newPauseShare(): PauseShare {
  return new SharedArrayBuffer(COUNTER_BYTES + NUMBERS * 8);
}

/**
 * A look at the clock: its time, the processor time of the process, and the length of the pause before it; all in ms.
 */
export interface PauseLook {
  readonly now: number;
  readonly usedMs: number;
  readonly lostMs: number;
}

/** Creates the writer, which the main thread calls at each look. */
export function pauseSharer(share: PauseShare): (look: PauseLook) => void {
  const counter = new Int32Array(share, 0, 1);
  const numbers = new Float64Array(share, COUNTER_BYTES, NUMBERS);
  let totalMs = 0;
  return ({ now, usedMs, lostMs }) => {
    totalMs += lostMs;
    Atomics.add(counter, 0, 1);
    numbers[0] = totalMs;
    numbers[1] = now;
    numbers[2] = usedMs;
    Atomics.add(counter, 0, 1);
  };
}

/**
 * Creates the reader for the thread: a clock in milliseconds that stops while the process is paused. It never goes back,
 * although a pause counts from the last look before it, which an earlier reading may be later than.
 */
export function awakeClock(share: PauseShare): () => number {
  const counter = new Int32Array(share, 0, 1);
  const numbers = new Float64Array(share, COUNTER_BYTES, NUMBERS);
  const { cpuUsage } = process; // kept from here on, because a trial may replace it
  let latest = Number.NEGATIVE_INFINITY;
  return () => {
    for (;;) {
      const before = Atomics.load(counter, 0);
      const [lostMs = 0, lookedAt = 0, usedMs = 0] = numbers;
      if (before % 2 !== 0 || Atomics.load(counter, 0) !== before) continue;
      const now = monotonicMs();
      // A pause that has just ended, and that the main thread has not recorded yet.
      const unseenMs = lookedAt > 0 ? pauseBetween(now - lookedAt, cpuMs(cpuUsage) - usedMs) : 0;
      const awake = now - lostMs - unseenMs;
      if (awake > latest) latest = awake; // not by Math.max, which a trial may replace
      return latest;
    }
  };
}
