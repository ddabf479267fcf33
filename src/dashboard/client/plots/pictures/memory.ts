import type { LeakVerdict } from "../../../../report/memory/leak.ts";
import type { MemoryMarksJson } from "../../../../report/page/page.ts";
import { emptyPicture, type Picture } from "../drawing/picture.ts";
import { drawSeries, type Event, type SeriesPanel } from "../drawing/series.ts";
import { formatBytes, formatCount, formatDate, formatPercent } from "../surface/format.ts";
import { reasonColor, reasonMark, type Theme } from "../surface/theme.ts";

/** Columns by their names, each with as many numbers; NaN where one is unknown. */
export type NumberColumns = Readonly<Record<string, ArrayLike<number>>>;

/** Readings that are further apart are not joined, in milliseconds. */
const LONGEST_GAP = 180_000;
/** A limit that is so many times as high as all readings is told and not drawn. */
const FAR = 4;

/** What a picture of memory shows. */
export interface MemoryInput {
  /** `atMs`, `slot`, `minBytes`, `maxBytes`, `limitBytes`. */
  readonly slots: NumberColumns;
  /** `atMs`, `availableBytes`, `totalBytes`, `hostsBytes`. */
  readonly machine: NumberColumns;
  readonly marks: MemoryMarksJson;
  /** null: not known yet. */
  readonly leak: LeakVerdict | null;
  readonly range: readonly [number, number] | null;
  readonly zoom: (range: readonly [number, number] | null) => void;
}

/** The memory of each slot over time against its limit, and what the machine had left against its reserve. */
export function memoryPicture(input: MemoryInput): Picture {
  const title = "Memory over time";
  const { slots, machine, marks, leak, range, zoom } = input;
  const numbers = [...new Set(Array.from(slots.slot ?? []))].filter(Number.isFinite).sort((a, b) => a - b);
  const machinePanel = panelOfMachine(machine, marks);
  const panels = [
    ...numbers.map((slot) => panelOfSlot(input, slot)),
    ...(machinePanel ? [machinePanel] : []),
  ];
  if (panels.length === 0) return emptyPicture(title, "No memory has been recorded in this time.");
  const kills = marks.marks.filter(({ kind }) => kind === "kill").length;
  const fresh = marks.marks.length - kills;
  const peak = maxOf(slots.maxBytes ?? []);
  return {
    title,
    summary: [
      ...(Number.isFinite(peak) ? [`The most that a slot held was ${formatBytes(peak)}.`] : []),
      `${formatCount(kills, "trial")} ended by a limit or a failure, ${formatCount(fresh, "fresh host")}.`,
      ...(leak ? [leakSentence(leak)] : []),
    ].join(" "),
    legend: [
      { label: "memory of the slot", color: (theme) => theme.states.complete },
      { label: "limit or reserve", color: (theme) => theme.states.fail, dash: [6, 4] },
      { label: "available to the machine", color: (theme) => theme.series[2]! },
      ...[...new Set(marks.marks.flatMap(({ reason }) => reason ?? []))].map((reason) => ({
        ...{ label: reason, mark: reasonMark(reason), color: (theme: Theme) => reasonColor(theme, reason) },
      })),
      ...(fresh > 0
        ? [{ label: "fresh host", mark: "plus" as const, color: (theme: Theme) => theme.soft }]
        : []),
    ],
    height: () => panels.length * (panels.length > 6 ? 84 : 116) + 38,
    draw: (surface, box, theme) =>
      drawSeries(surface, box, theme, {
        ...{
          panels,
          kind: "time",
          xLabel: "time",
          formatX: formatDate,
          longestGap: LONGEST_GAP,
          range,
          zoom,
        },
      }),
    table: () => ({
      columns: ["time", "slot", "trial", "what", "reason"],
      rows: marks.marks.map(({ atMs, slot, trial, text, reason }) => [
        formatDate(atMs),
        slot,
        trial,
        text,
        reason,
      ]),
      note: "Kills and fresh hosts.",
    }),
  };
}

function panelOfSlot({ slots, marks }: MemoryInput, slot: number): SeriesPanel {
  const rows = Array.from(slots.slot!, (own, row) => (own === slot ? row : -1)).filter((row) => row >= 0);
  const of = (name: string): number[] => rows.map((row) => slots[name]?.[row] ?? Number.NaN);
  const [xs, lows, ys, limits] = [of("atMs"), of("minBytes"), of("maxBytes"), of("limitBytes")];
  const limit = maxOf(limits);
  // A limit far above would press what is below it flat.
  const isFar = limit > FAR * maxOf(ys);
  return {
    name: isFar ? `slot ${slot}, limit ${formatBytes(limit)}` : `slot ${slot}`,
    format: formatBytes,
    range: [0, 0],
    series: [
      { label: "memory", xs, ys, lows, color: (theme) => theme.states.complete, width: 1 },
      ...(!isFar && limits.some(Number.isFinite)
        ? [
            {
              label: "limit",
              xs,
              ys: limits,
              color: (theme: Theme) => theme.states.fail,
              dash: [6, 4],
              isStepped: true,
            },
          ]
        : []),
    ],
    events: marks.marks.filter((mark) => mark.slot === slot).map(eventOf),
  };
}

function eventOf({ atMs, kind, reason, trial, text }: MemoryMarksJson["marks"][number]): Event {
  const isKill = kind === "kill";
  return {
    ...{ x: atMs, trial, text, title: trial === null ? "fresh host" : `trial ${trial}` },
    mark: isKill ? reasonMark(reason ?? "error") : "plus",
    color: (theme) => (isKill ? reasonColor(theme, reason ?? "error") : theme.soft),
  };
}

function panelOfMachine(
  machine: NumberColumns,
  { reserveBytes, marks }: MemoryMarksJson,
): SeriesPanel | null {
  const { atMs = [], availableBytes = [] } = machine;
  if (!Array.from(availableBytes).some(Number.isFinite)) return null;
  return {
    name: "machine",
    format: formatBytes,
    range: [0, 0],
    series: [
      { label: "available", xs: atMs, ys: availableBytes, color: (theme) => theme.series[2]!, width: 1.5 },
      ...(machine.hostsBytes
        ? [
            {
              label: "all slots",
              xs: atMs,
              ys: machine.hostsBytes,
              color: (theme: Theme) => theme.states.complete,
              dash: [2, 2],
            },
          ]
        : []),
    ],
    levels:
      reserveBytes === null
        ? []
        : [{ label: "reserve", value: reserveBytes, color: (theme) => theme.states.fail }],
    events: marks.filter(({ reason }) => reason === "memory-reserve").map(eventOf),
  };
}

/** Whether trials leak memory, in a sentence. */
export function leakSentence({
  verdict,
  bytesPerTrial,
  low,
  high,
  count,
  trialsToLimit,
  suspects,
}: LeakVerdict): string {
  if (verdict === "unknown") return "Whether trials leak memory cannot be told yet.";
  if (verdict === "stable") return `Trials leak no memory, by ${formatCount(count, "reading")}.`;
  const between = low !== null && high !== null ? ` (${formatBytes(low)} to ${formatBytes(high)})` : "";
  const where = suspects.length > 0 ? `, in ${suspects.map(({ what }) => what).join(" and ")}` : "";
  const limit =
    trialsToLimit === null
      ? ""
      : `; a host reaches its limit after about ${formatCount(trialsToLimit, "more trial")}`;
  return `Trials leak memory: ${formatBytes(bytesPerTrial ?? 0)} each${between}${where}${limit}.`;
}

/** What a picture of the machine shows: `atMs`, `cpu`, `cpuOthers`, `slotsBusy`, `waiting`, `trialsPerMinute`. */
export interface MachineInput {
  readonly machine: NumberColumns;
  readonly range: readonly [number, number] | null;
  readonly zoom: (range: readonly [number, number] | null) => void;
}

/** How busy the machine was, how many trials ran and waited, and how many ended in a minute. */
export function machinePicture({ machine, range, zoom }: MachineInput): Picture {
  const title = "The machine over time";
  const xs = machine.atMs ?? [];
  if (xs.length === 0) return emptyPicture(title, "Nothing has been recorded of the machine in this time.");
  const line = (label: string, name: string, series: number, dash: readonly number[] = []) => ({
    ...{ label, xs, ys: machine[name] ?? [], dash, color: (theme: Theme) => theme.series[series]! },
  });
  const whole = (value: number): string => (Number.isInteger(value) ? String(value) : "");
  const rate = (value: number): string =>
    Number.isNaN(value) ? "unknown" : String(Number(value.toPrecision(3)));
  const panels: SeriesPanel[] = [
    {
      name: "processors",
      format: formatPercent,
      range: [0, 1],
      series: [line("used", "cpu", 0), line("by other programs", "cpuOthers", 4, [4, 3])],
    },
    {
      name: "slots",
      format: whole,
      range: [0, 1],
      series: [
        { ...line("busy", "slotsBusy", 0), isStepped: true },
        { ...line("trials that wait", "waiting", 1, [4, 3]), isStepped: true },
      ],
    },
    {
      name: "trials per minute",
      format: rate,
      range: [0, 0],
      series: [line("trials per minute", "trialsPerMinute", 2)],
    },
  ];
  return {
    title,
    summary: `On average ${formatPercent(meanOf(machine.cpu ?? []))} of the processors were used; trials per minute: ${rate(meanOf(machine.trialsPerMinute ?? []))}.`,
    legend: panels.flatMap(({ series }) =>
      series.map(({ label, color, dash = [] }) => ({ label, color, dash })),
    ),
    height: () => panels.length * 116 + 38,
    draw: (surface, box, theme) =>
      drawSeries(surface, box, theme, {
        ...{
          panels,
          kind: "time",
          xLabel: "time",
          formatX: formatDate,
          longestGap: LONGEST_GAP,
          range,
          zoom,
        },
      }),
    table: () => tableOfMachine(machine),
  };
}

const MACHINE_ROWS = 200;

function tableOfMachine(machine: NumberColumns) {
  const names = Object.keys(machine).filter((name) => name !== "atMs");
  const times = machine.atMs ?? [];
  const every = Math.max(1, Math.ceil(times.length / MACHINE_ROWS));
  const rows = [];
  for (let row = 0; row < times.length; row += every)
    rows.push([formatDate(times[row]!), ...names.map((name) => knownOr(machine[name]![row]!))]);
  return { columns: ["time", ...names], rows, note: every > 1 ? `One of each ${every} readings.` : null };
}

const knownOr = (value: number): number | null => (Number.isNaN(value) ? null : value);

function maxOf(cells: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < cells.length; row++) if (cells[row]! > most) most = cells[row]!;
  return most;
}

function meanOf(cells: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let row = 0; row < cells.length; row++) {
    if (!Number.isFinite(cells[row]!)) continue;
    sum += cells[row]!;
    count++;
  }
  return sum / count;
}
