import type { MemoryReading } from "../../core/trial.ts";
import type { Meter, MeterReading } from "../../guard/meter.ts";
import { resetPeak } from "../../guard/proc.ts";
import type { IsolateMemory } from "../protocol.ts";

const NOTHING: IsolateMemory = {
  heapBytes: null,
  externalBytes: null,
  arrayBufferBytes: null,
  tensors: null,
  tensorBytes: null,
};

/** The memory of one host through its trials; every field is null without a meter (in the coordinator's own process). */
export function hostMemory(meter: Meter | null) {
  let baselineBytes: number | null = null;
  let peakBytes: number | null = null;
  let isolate: IsolateMemory = NOTHING;
  let last: MeterReading | null = null;
  let kernelPeak = false;

  const sample = async (): Promise<MeterReading | null> => {
    last = (await meter?.read(process.pid)) ?? null;
    if (last) {
      const kernel = kernelPeak ? (last.peakBytes ?? 0) : 0;
      peakBytes = Math.max(peakBytes ?? 0, last.rssBytes, kernel);
    }
    return last;
  };

  return {
    sample,
    /** A trial begins: what is held now is its baseline, and the peak starts again. */
    async begin(): Promise<number | null> {
      peakBytes = null;
      isolate = NOTHING;
      kernelPeak = meter?.name === "proc" && resetPeak();
      baselineBytes = (await sample())?.rssBytes ?? null;
      return baselineBytes;
    },
    /** Keeps what the thread has read of its own isolate. */
    note(reading: IsolateMemory): void {
      isolate = reading;
    },
    /** The last reading, as it goes into a row. */
    reading(): MemoryReading {
      return { rssBytes: last?.rssBytes ?? null, baselineBytes, peakBytes, ...isolate, gpuBytes: null };
    },
  };
}

export type HostMemory = ReturnType<typeof hostMemory>;
