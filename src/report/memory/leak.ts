import { type Trend, trendOf } from "./trend.ts";

/** The final memory of one trial, in bytes; null where it is unknown. */
export interface FinalReading {
  readonly rssBytes: number | null;
  readonly heapBytes: number | null;
  readonly externalBytes: number | null;
  readonly tensors: number | null;
}

/** A kind of memory that grows along with the resident set. */
export interface Suspect {
  readonly what: "tensors" | "heap" | "external" | "native";
  /** Its growth per trial in bytes, or in tensors. */
  readonly perTrial: number;
}

/** Whether trials leave memory behind in their hosts. */
export interface LeakVerdict {
  readonly verdict: "stable" | "leaking" | "unknown";
  /** Growth per trial of the resident set after cleanup; null if it is unknown. */
  readonly bytesPerTrial: number | null;
  /** The 95 % interval of the growth. */
  readonly low: number | null;
  readonly high: number | null;
  readonly pValue: number | null;
  /** How many readings the verdict is based on. */
  readonly count: number;
  /** After about how many more trials a host would reach its memory limit; null without a leak or a limit. */
  readonly trialsToLimit: number | null;
  readonly suspects: readonly Suspect[];
}

/** A leak needs a p-value below this. */
const SIGNIFICANT = 0.01;
/** A leak needs at least this growth over the readings of a host, since an allocator alone may cause less. */
const NOISE_BYTES = 16e6;
/**
 * A suspect needs at least this share of the whole growth, because a few kilobytes can grow steadily without a leak.
 */
const MIN_SHARE = 0.05;

/**
 * Judges from final readings whether trials leak memory.
 *
 * @param hosts - The readings of each host in the order of its trials. Hosts are separate series, because the end of a
 *   process returns all of its memory.
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

/** The kinds of memory that explain a leak. @param grown - The growth of the resident set in bytes per trial. */
function suspectsOf(hosts: readonly (readonly FinalReading[])[], grown: number): Suspect[] {
  const kinds: readonly [Suspect["what"], (reading: FinalReading) => number | null][] = [
    ["tensors", ({ tensors }) => tensors],
    ["heap", ({ heapBytes }) => heapBytes],
    ["external", ({ externalBytes }) => externalBytes],
    ["native", nativeBytes],
  ];
  return kinds.flatMap(([what, read]) => {
    const trend = trendOf(hosts.map((readings) => known(readings, read)));
    const isPart = what === "tensors" || (trend?.slope ?? 0) >= grown * MIN_SHARE;
    return trend && isGrowing(trend) && isPart ? [{ what, perTrial: trend.slope }] : [];
  });
}

/** Memory outside V8's accounting: libraries, the allocator and what they hold. */
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
