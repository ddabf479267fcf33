import type { MemoryReading } from "../../core/trial.ts";
import type { Meter, MeterReading } from "../../machine/meter.ts";
import { openFiles, resetPeak } from "../../machine/proc.ts";
import type { IsolateMemory } from "../protocol.ts";

const NOTHING: IsolateMemory = {
  heapBytes: null,
  externalBytes: null,
  arrayBufferBytes: null,
  tensors: null,
  tensorBytes: null,
};

/** Files that a host may open late for itself, before more of them are a trial's. */
const SPARE_FILES = 8;

/**
 * The memory of one host through its trials; every field is null without a meter (in the coordinator's own process).
 *
 * @param otherFiles - How many files the host itself keeps open now, of those that come and go.
 */
export function hostMemory(meter: Meter | null, otherFiles: () => number = () => 0) {
  let baselineBytes: number | null = null;
  let peakBytes: number | null = null;
  let isolate: IsolateMemory = NOTHING;
  let last: MeterReading | null = null;
  let kernelPeak = false;
  let firstFiles: number | null = null;

  const keep = (reading: MeterReading | null): MeterReading | null => {
    last = reading;
    if (last) peakBytes = Math.max(peakBytes ?? 0, last.rssBytes);
    return last;
  };
  const sample = (): MeterReading | null | Promise<MeterReading | null> => {
    const reading = meter?.read(process.pid) ?? null;
    return reading instanceof Promise ? reading.then(keep) : keep(reading);
  };
  /** Without the meter's own, which vary with the threads. */
  const countFiles = (): number | null => {
    const files = openFiles();
    return files === null ? null : files - (meter?.files(process.pid) ?? 0) - otherFiles();
  };

  return {
    sample,
    /** A trial begins: what is held now is its baseline, and the peak starts again. */
    async begin(): Promise<number | null> {
      peakBytes = null;
      isolate = NOTHING;
      kernelPeak = meter?.name === "proc" && resetPeak();
      firstFiles ??= countFiles();
      baselineBytes = (await sample())?.rssBytes ?? null;
      return baselineBytes;
    },
    /** Keeps what the thread has read of its own isolate. */
    note(reading: IsolateMemory): void {
      isolate = reading;
    },
    /** The last sample, without what costs more to read. */
    get now() {
      return { rssBytes: last?.rssBytes ?? null, baselineBytes, peakBytes };
    },
    /** The last sample as it goes into a row, with the kernel's own peak: it misses nothing between samples. */
    reading(): MemoryReading {
      if (kernelPeak && last && peakBytes !== null)
        peakBytes = Math.max(peakBytes, (meter?.peak(process.pid) ?? 0) + last.childrenBytes);
      return { rssBytes: last?.rssBytes ?? null, baselineBytes, peakBytes, ...isolate, gpuBytes: null };
    },
    /** Open files that trials have left behind. */
    dirt(): string[] {
      const files = countFiles();
      if (files === null || firstFiles === null || files <= firstFiles + SPARE_FILES) return [];
      return [`${files - firstFiles} open files`];
    },
  };
}

export type HostMemory = ReturnType<typeof hostMemory>;
