import { formatMegabytes, formatSize, formatValue } from "../../core/units.ts";
import type { LeakVerdict, Suspect } from "../../report/memory/leak.ts";
import type { MemoryLogJson, MemoryReport } from "../../report/memory/memory.ts";

const WIDTH = 60;
const HEIGHT = 8;

/** Final memory over trials, with the peaks above it: one column for a trial, or for several next to one another. */
export function memoryChart(log: readonly MemoryLogJson[], width = WIDTH): string[] {
  const known = log.filter(({ finalBytes }) => finalBytes !== null);
  if (known.length === 0) return [];
  const columns = bucket(known, width).map((trials) => ({
    final: Math.max(...trials.map(({ finalBytes }) => finalBytes!)),
    peak: Math.max(...trials.map(({ peakBytes, finalBytes }) => Math.max(peakBytes ?? 0, finalBytes!))),
  }));
  const top = Math.max(...columns.map(({ peak }) => peak));
  const rows = Array.from({ length: HEIGHT }, (_, i) => {
    const level = (top * (HEIGHT - i - 0.5)) / HEIGHT;
    const cells = columns.map(({ final, peak }) => (final >= level ? "█" : peak >= level ? "░" : " "));
    const axis = i === 0 ? formatSize(top) : i === HEIGHT - 1 ? formatSize(top / HEIGHT) : "";
    return `${axis.padStart(9)} ┤${cells.join("").trimEnd()}`;
  });
  // Trials are in the order in which they ended, which need not be that of their numbers.
  const all = known.map(({ number }) => number);
  const range = `trials ${all.reduce((a, b) => Math.min(a, b))} to ${all.reduce((a, b) => Math.max(a, b))}`;
  return [...rows, `${" ".repeat(9)} └ ${range}, as they ended: █ after cleanup, ░ peak`];
}

function bucket<T>(items: readonly T[], width: number): T[][] {
  const count = Math.min(items.length, width);
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.floor((i * items.length) / count), Math.floor(((i + 1) * items.length) / count)),
  );
}

/** The verdict in words: `stable`, or `leaking 38 MB per trial (95 % interval 31 to 44), limit reached in about 40 trials; suspects: ...`. */
export function verdictText({
  verdict,
  bytesPerTrial,
  low,
  high,
  count,
  trialsToLimit,
  suspects,
}: LeakVerdict): string {
  if (verdict === "unknown") return `unknown: ${count} readings, and it takes at least 8`;
  const rate = `${formatMegabytes(bytesPerTrial!)} MB per trial (95 % interval ${formatMegabytes(low!)} to ${formatMegabytes(high!)}, ${count} readings)`;
  if (verdict === "stable") return `stable: ${rate}`;
  const limit = trialsToLimit === null ? "" : `, limit reached in about ${trialsToLimit} trials`;
  return `leaking ${rate}${limit}${suspects.length > 0 ? `; suspects: ${suspects.map(suspectText).join(", ")}` : ""}`;
}

const NAMES = { tensors: "tensors left", heap: "heap", external: "external", native: "native" } as const;

function suspectText({ what, perTrial }: Suspect): string {
  return `${NAMES[what]} (${what === "tensors" ? formatValue(perTrial) : `${formatMegabytes(perTrial)} MB`} per trial)`;
}

/** The end of `memory <study>` for people. */
export function verdictLines({ study, limitBytes, slots, ...report }: MemoryReport): string[] {
  return [
    `${study}: ${verdictText(report)}`,
    ...(slots.length > 1
      ? slots.map(({ slot, ...verdict }) => `  slot ${slot}: ${verdictText(verdict)}`)
      : []),
    `memory limit ${limitBytes === null ? "none" : formatSize(limitBytes)}`,
  ];
}
