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

/** How many files a host may open for itself after its first trial began; more count as a trial's. */
const SPARE_FILES = 8;

/**
 * Tracks the memory and the open files of one host through its trials. Without a meter, in the coordinator's own
 * process, every reading is null.
 *
 * @param otherFiles - The number of files that the host itself keeps open at the moment, beside the meter's.
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
  /** The number of open files, without those of the host itself, which vary with the number of threads. */
  const countFiles = (): number | null => {
    const files = openFiles();
    return files === null ? null : files - (meter?.files(process.pid) ?? 0) - otherFiles();
  };

  return {
    sample,
    /** Starts a trial: the current memory is its baseline, and the peak is reset. */
    async begin(): Promise<number | null> {
      peakBytes = null;
      isolate = NOTHING;
      kernelPeak = meter?.name === "proc" && resetPeak();
      firstFiles ??= countFiles();
      baselineBytes = (await sample())?.rssBytes ?? null;
      return baselineBytes;
    },
    /** Stores what the thread has read of its own memory. */
    note(reading: IsolateMemory): void {
      isolate = reading;
    },
    /** The last sample. */
    get now() {
      return { rssBytes: last?.rssBytes ?? null, baselineBytes, peakBytes };
    },
    /**
     * The last sample with all fields of a row. Its peak is the kernel's where that exists, which has no gaps between
     * samples.
     */
    reading(): MemoryReading {
      if (kernelPeak && last && peakBytes !== null)
        peakBytes = Math.max(peakBytes, (meter?.peak(process.pid) ?? 0) + last.childrenBytes);
      return { rssBytes: last?.rssBytes ?? null, baselineBytes, peakBytes, ...isolate, gpuBytes: null };
    },
    /** The open files that trials have left behind, in words. */
    leftovers(): string[] {
      const files = countFiles();
      if (files === null || firstFiles === null || files <= firstFiles + SPARE_FILES) return [];
      return [`${files - firstFiles} open files`];
    },
  };
}

export type HostMemory = ReturnType<typeof hostMemory>;
