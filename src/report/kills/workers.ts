import { quantileOfSorted } from "../../core/numeric/quantile.ts";
import type { Field, Selection } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { validOnly } from "../valid.ts";

/** How many trials at a time the machine's memory can take. */
export interface FewerWorkers {
  readonly workers: number;
  /** How many trials ran, in the middle, when the reserve took one. */
  readonly ran: number;
  /** How many of the trials that the reserve took ran beside more trials than that. */
  readonly count: number;
  /** Time of these trials. */
  readonly savesMs: number;
}

interface Timed {
  readonly startMs: number;
  readonly endMs: number;
  readonly peakBytes: number;
  readonly durationMs: number;
  /** The memory that the machine had available beyond the reserve, if the reserve took the trial. */
  readonly spareBytes: number | null;
}

/**
 * From what was recorded when the memory reserve took trials: how many ran at once, what they held, and what was left. The
 * number of workers is the largest at which nine tenths of complete trials would have found the memory that was there; null
 * if the trials were alone, or are too large for the machine even alone.
 */
export async function fewerWorkers(
  reader: Reader,
  study: StudyRow,
  selection: Selection,
): Promise<FewerWorkers | null> {
  const fields: readonly Field[] = [
    ...([{ name: "startedAtMs" }, { name: "finishedAtMs" }, { name: "memory.peakBytes" }] as const),
    ...([{ name: "durationMs" }, { name: "reason" }, { name: "state" }] as const),
    ...(["availableBytes", "reserveBytes"] as const).map((key) => ({ name: "detail", key }) as const),
  ];
  const trials: Timed[] = [];
  const completePeaks: number[] = [];
  for await (const page of reader.cells(study, fields, validOnly(selection))) {
    for (const [start, end, peak, durationMs, reason, state, available, reserve] of page) {
      if (typeof start !== "number" || typeof end !== "number") continue;
      const isTaken = reason === "memory-reserve" && typeof available === "number";
      const peakBytes = typeof peak === "number" ? peak : 0;
      trials.push({
        ...{ startMs: start, endMs: end, peakBytes, durationMs: Number(durationMs ?? 0) },
        spareBytes: isTaken ? available - Number(reserve ?? study.limits.reserveBytes) : null,
      });
      if (state === "complete" && peakBytes > 0) completePeaks.push(peakBytes);
    }
  }
  const began = upTo(trials, ({ startMs }) => startMs);
  const ended = upTo(trials, ({ endMs }) => endMs);
  const taken = trials
    .filter(({ spareBytes }) => spareBytes !== null)
    .map((one) => {
      const [before, after] = [began(one.endMs), ended(one.endMs)];
      return {
        ...{ one, ran: before.trials - after.trials },
        roomBytes: before.peakBytes - after.peakBytes + one.spareBytes!,
      };
    })
    .filter(({ ran }) => ran > 1);
  if (taken.length === 0 || completePeaks.length === 0) return null;
  const largest = quantileOfSorted(Float64Array.from(completePeaks).sort(), 0.9);
  const middle = (of: (each: (typeof taken)[number]) => number): number =>
    quantileOfSorted(Float64Array.from(taken, of).sort(), 0.5);
  const ran = Math.round(middle((each) => each.ran));
  const fits = Math.floor(middle((each) => each.roomBytes) / largest);
  const workers = Math.min(fits, ran - 1);
  const saved = taken.filter((each) => each.ran > workers);
  if (workers < 1 || saved.length === 0) return null;
  return {
    workers,
    ran,
    count: saved.length,
    savesMs: saved.reduce((sum, { one }) => sum + one.durationMs, 0),
  };
}

/** Says how many trials have a time before a given one, and the sum of their peaks. */
function upTo(trials: readonly Timed[], timeOf: (trial: Timed) => number) {
  const sorted = [...trials].sort((a, b) => timeOf(a) - timeOf(b));
  const sums = new Float64Array(sorted.length + 1);
  for (let i = 0; i < sorted.length; i++) sums[i + 1] = sums[i]! + sorted[i]!.peakBytes;
  return (atMs: number) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (timeOf(sorted[middle]!) < atMs) low = middle + 1;
      else high = middle;
    }
    return { trials: low, peakBytes: sums[low]! };
  };
}
