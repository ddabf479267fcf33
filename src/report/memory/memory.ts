import type { Reader } from "../../store/reader.ts";
import type { FinalRecord } from "../../store/records.ts";
import { requireStudy } from "../study.ts";
import { type FinalReading, type LeakVerdict, leakVerdict } from "./leak.ts";

/** The final memory of one trial, in bytes; null where it is unknown. */
export interface MemoryLogJson {
  readonly number: number;
  readonly state: string;
  readonly reason: string | null;
  readonly slot: number | null;
  readonly hostPid: number | null;
  readonly baselineBytes: number | null;
  readonly peakBytes: number | null;
  readonly finalBytes: number | null;
  readonly heapBytes: number | null;
  readonly externalBytes: number | null;
  readonly tensors: number | null;
  readonly tensorBytes: number | null;
  readonly gpuBytes: number | null;
  readonly source: string;
}

/** What `memory <study> --json` prints. */
export interface MemoryReport extends LeakVerdict {
  readonly study: string;
  readonly limitBytes: number | null;
  /** In the order in which the trials ended. */
  readonly log: readonly MemoryLogJson[];
  readonly slots: readonly ({ readonly slot: number } & LeakVerdict)[];
}

/**
 * Reads the final memory of a study's trials and judges whether they leak memory, over all slots and for each slot.
 *
 * @throws BelayError `usage`: an unknown study.
 */
export function memoryReport(reader: Reader, name: string): Promise<MemoryReport> {
  return reader.snapshot(async (now) => {
    const study = await requireStudy(now, name);
    const log = (await now.finals(study.id)).map(toLogJson);
    const { memoryBytes } = study.limits;
    const slots = [...new Set(log.map(({ slot }) => slot))]
      .filter((slot) => slot !== null)
      .sort((a, b) => a - b);
    return {
      study: name,
      limitBytes: memoryBytes,
      ...leakVerdict(hostsOf(log), memoryBytes),
      slots: slots.map((slot) => ({
        slot,
        ...leakVerdict(hostsOf(log.filter((entry) => entry.slot === slot)), memoryBytes),
      })),
      log,
    };
  });
}

/** Judges from the final memory of trials whether they leak memory. */
export function leakOf(finals: readonly FinalRecord[], limitBytes: number | null): LeakVerdict {
  return leakVerdict(hostsOf(finals.map(toLogJson)), limitBytes);
}

/** A final reading as JSON, with its keys in the order to print. */
function toLogJson(final: FinalRecord): MemoryLogJson {
  const { number, state, reason, slot, hostPid, baselineBytes, peakBytes, rssBytes, ...rest } = final;
  return { number, state, reason, slot, hostPid, baselineBytes, peakBytes, finalBytes: rssBytes, ...rest };
}

/** The readings of each host after its trials, without the last one of a killed host, which came before any cleanup. */
function hostsOf(log: readonly MemoryLogJson[]): FinalReading[][] {
  const hosts = new Map<string, FinalReading[]>();
  for (const { slot, hostPid, source, finalBytes, heapBytes, externalBytes, tensors } of log) {
    if (source !== "worker") continue;
    const key = `${slot}:${hostPid}`;
    const readings = hosts.get(key) ?? [];
    readings.push({ rssBytes: finalBytes, heapBytes, externalBytes, tensors });
    hosts.set(key, readings);
  }
  return [...hosts.values()];
}
