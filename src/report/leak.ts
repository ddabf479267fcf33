import { type Trend, trendOf } from "./trend.ts";

/** The final memory of one trial, in the order in which its host ran them. Bytes; null where it is not known. */
export interface FinalReading {
  readonly rssBytes: number | null;
  readonly heapBytes: number | null;
  readonly externalBytes: number | null;
  readonly tensors: number | null;
}

/** What grows along with the resident set. */
export interface Suspect {
  readonly what: "tensors" | "heap" | "external" | "native";
  /** Per trial: bytes, or a number of tensors. */
  readonly perTrial: number;
}

/** Whether trials leave memory behind in their host. */
export interface LeakVerdict {
  readonly verdict: "stable" | "leaking" | "unknown";
  /** Growth of the resident set after cleanup, per trial; null when it is unknown. */
  readonly bytesPerTrial: number | null;
  /** Its 95 % interval. */
  readonly low: number | null;
  readonly high: number | null;
  readonly pValue: number | null;
  /** How many readings were judged. */
  readonly count: number;
  /** In about so many trials a host would reach its limit; null when it does not leak, or has none. */
  readonly trialsToLimit: number | null;
  readonly suspects: readonly Suspect[];
}

const SIGNIFICANT = 0.01;
/** Growth over all readings of a host that an allocator may show without any leak. */
const NOISE_BYTES = 16e6;
/** What grows by less than this share of the whole is no suspect: some kilobytes of heap can grow steadily, too. */
const PART = 0.05;

/**
 * Judges final readings, one series for each host: only the end of a process gives all memory back, so a new one
 * starts anew.
 */
export function leakVerdict(
  hosts: readonly (readonly FinalReading[])[],
  limitBytes: number | null,
): LeakVerdict {
  const trend = trendOf(hosts.map((readings) => known(readings, ({ rssBytes }) => rssBytes)));
  if (!trend) return unknown(hosts);
  const longest = Math.max(...hosts.map(({ length }) => length));
  const isLeaking = isGrowing(trend) && trend.slope * longest >= NOISE_BYTES;
  const newest = Math.max(...hosts.map((readings) => readings.at(-1)?.rssBytes ?? 0));
  return {
    verdict: isLeaking ? "leaking" : "stable",
    bytesPerTrial: trend.slope,
    low: trend.low,
    high: trend.high,
    pValue: trend.pValue,
    count: trend.count,
    trialsToLimit:
      isLeaking && limitBytes !== null ? Math.max(0, Math.round((limitBytes - newest) / trend.slope)) : null,
    suspects: isLeaking ? suspectsOf(hosts, trend.slope) : [],
  };
}

function isGrowing({ slope, low, pValue }: Trend): boolean {
  return pValue < SIGNIFICANT && slope > 0 && low > 0;
}

/** @param grown - Bytes per trial in all. */
function suspectsOf(hosts: readonly (readonly FinalReading[])[], grown: number): Suspect[] {
  const kinds: readonly [Suspect["what"], (reading: FinalReading) => number | null][] = [
    ["tensors", ({ tensors }) => tensors],
    ["heap", ({ heapBytes }) => heapBytes],
    ["external", ({ externalBytes }) => externalBytes],
    ["native", nativeBytes],
  ];
  return kinds.flatMap(([what, read]) => {
    const trend = trendOf(hosts.map((readings) => known(readings, read)));
    const isPart = what === "tensors" || (trend?.slope ?? 0) >= grown * PART;
    return trend && isGrowing(trend) && isPart ? [{ what, perTrial: trend.slope }] : [];
  });
}

/** What V8 does not know of: libraries, the allocator, and whatever they keep. */
function nativeBytes({ rssBytes, heapBytes, externalBytes }: FinalReading): number | null {
  return rssBytes === null || heapBytes === null || externalBytes === null
    ? null
    : rssBytes - heapBytes - externalBytes;
}

function known(readings: readonly FinalReading[], read: (reading: FinalReading) => number | null): number[] {
  return readings.map(read).filter((value) => value !== null);
}

function unknown(hosts: readonly (readonly FinalReading[])[]): LeakVerdict {
  const count = hosts.reduce((sum, { length }) => sum + length, 0);
  const none = { bytesPerTrial: null, low: null, high: null, pValue: null, trialsToLimit: null };
  return { verdict: "unknown", ...none, count, suspects: [] };
}
