import { cpuMs, pauseBetween } from "../machine/pauses.ts";
import { monotonicMs } from "./beacon.ts";

/** What a host's main thread tells the thread that trains, which is too busy to notice a pause by itself. */
export type PauseShare = SharedArrayBuffer;

/** A counter that is odd while the rest is being written; lost milliseconds, and clock and processor time of the last look. */
const COUNTER_BYTES = 8;
const NUMBERS = 3;

/** An empty one. */
export function newPauseShare(): PauseShare {
  return new SharedArrayBuffer(COUNTER_BYTES + NUMBERS * 8);
}

/** What the main thread has seen: the clock, the processor time of its process, and how long that has stood still before. */
export interface PauseLook {
  readonly now: number;
  readonly usedMs: number;
  readonly lostMs: number;
}

/** The main thread's end, to be called at each of its looks. */
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

/** The thread's end: a monotonic clock in milliseconds that stands still while the process does. */
export function awakeClock(share: PauseShare): () => number {
  const counter = new Int32Array(share, 0, 1);
  const numbers = new Float64Array(share, COUNTER_BYTES, NUMBERS);
  const { cpuUsage } = process; // taken now: a trial may put its own in its place
  return () => {
    for (;;) {
      const before = Atomics.load(counter, 0);
      const [lostMs = 0, lookedAt = 0, usedMs = 0] = numbers;
      if (before % 2 !== 0 || Atomics.load(counter, 0) !== before) continue;
      const now = monotonicMs();
      // The pause that is just over, and that the main thread has not seen yet.
      const unseenMs = lookedAt > 0 ? pauseBetween(now - lookedAt, cpuMs(cpuUsage) - usedMs) : 0;
      return now - lostMs - unseenMs;
    }
  };
}
