import { formatSpan } from "../../../../core/units.ts";
import { emptyPicture, type Panel, type Picture, TABLE_ROWS } from "../drawing/picture.ts";
import { stepThrough } from "../drawing/points.ts";
import { type WordColumn, wordAt } from "../drawing/trials.ts";
import { drawXAxis, xRoom } from "../surface/axes.ts";
import { formatCount, formatDate, formatPercent, formatTime } from "../surface/format.ts";
import { type Scale, scaleOver, ticksOf, unitOf, valueAt } from "../surface/scale.ts";
import { type Box, inset, type Mark, type Surface, segment } from "../surface/surface.ts";
import { reasonColor, reasonMark, rgbOf, type Theme } from "../surface/theme.ts";

/** The attempts of all trials, in the order of their starts. */
export interface Attempts {
  readonly numbers: ArrayLike<number>;
  /** -1 or NaN: unknown. */
  readonly slots: ArrayLike<number>;
  readonly starts: ArrayLike<number>;
  /** NaN while it runs. */
  readonly ends: ArrayLike<number>;
  readonly states: WordColumn;
  readonly reasons: WordColumn;
}

/** What a timeline shows. */
export interface TimelineInput {
  readonly attempts: Attempts;
  /** The end of attempts that still run, in milliseconds since 1970. */
  readonly nowMs: number;
  readonly lanes: "slots" | "trials";
  /** Whether a trial is shown. */
  readonly isShown: (number: number) => boolean;
  readonly range: readonly [number, number] | null;
  readonly zoom: (range: readonly [number, number] | null) => void;
}

/** Above so many attempts each pixel has the colour of the attempt that took most of it. */
const MANY = 4_000;
const LANE = 26;

/** What an attempt came to: its reason if it has one, else its state. */
function kindOf({ states, reasons }: Attempts, item: number): string {
  return wordAt(reasons, item) ?? wordAt(states, item) ?? "running";
}

const STATE_NAMES = ["complete", "running", "interrupted"];

function colorOf(kind: string, theme: Theme): string {
  if (kind === "complete" || kind === "running") return theme.states[kind];
  if (kind === "interrupted") return theme.states.waiting;
  return kind === "pruner" ? theme.states.pruned : reasonColor(theme, kind);
}

/** When each attempt ran, in which slot, and how it ended. */
export function timelinePicture(input: TimelineInput): Picture {
  const { attempts, nowMs, lanes } = input;
  const title = lanes === "slots" ? "Timeline by slot" : "Timeline by trial";
  const items = itemsOf(input);
  if (items.length === 0) return emptyPicture(title, "No attempt of the trials that are shown has begun.");
  const endOf = (item: number): number =>
    Number.isNaN(attempts.ends[item]!) ? Math.max(nowMs, attempts.starts[item]!) : attempts.ends[item]!;
  let [first, last, busyMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  const kinds = new Map<string, number>();
  for (const item of items) {
    const [start, end] = [attempts.starts[item]!, endOf(item)];
    if (start < first) first = start;
    if (end > last) last = end;
    busyMs += end - start;
    const kind = kindOf(attempts, item);
    kinds.set(kind, (kinds.get(kind) ?? 0) + end - start);
  }
  const slots = slotsOf(attempts, items);
  const share = busyMs / Math.max(1, (last - first) * slots.length);
  const lost = [...kinds].filter(([kind]) => ![...STATE_NAMES, "pruner"].includes(kind));
  lost.sort((a, b) => b[1] - a[1]);
  const worst = lost[0] ? ` Most time was lost to ${lost[0][0]}: ${formatPercent(lost[0][1] / busyMs)}.` : "";
  return {
    title,
    summary: `${formatCount(items.length, "attempt")} in ${formatCount(slots.length, "slot")} over ${formatSpan(last - first)}; slots were busy ${formatPercent(Math.min(1, share))} of that time.${worst}`,
    legend: [...kinds.keys()].sort().map((kind) => ({
      label: kind,
      mark: markOf(kind),
      color: (theme) => colorOf(kind, theme),
    })),
    height: () => (lanes === "slots" ? Math.max(2, slots.length) * LANE + 60 : 380),
    draw: (surface, box, theme) => draw(surface, box, theme, input, { items, slots, first, last, endOf }),
    table: () => ({
      columns: ["trial", "slot", "start", "took", "ended"],
      rows: Array.from(items.slice(-TABLE_ROWS), (item) => [
        attempts.numbers[item]!,
        attempts.slots[item]! >= 0 ? attempts.slots[item]! : null,
        formatDate(attempts.starts[item]!),
        formatTime(endOf(item) - attempts.starts[item]!),
        kindOf(attempts, item),
      ]),
      note:
        items.length > TABLE_ROWS
          ? `The last ${TABLE_ROWS} of ${formatCount(items.length, "attempt")}.`
          : null,
    }),
  };
}

const markOf = (kind: string): Mark => (STATE_NAMES.includes(kind) ? "square" : reasonMark(kind));

function itemsOf({ attempts, isShown }: TimelineInput): Int32Array {
  const items = new Int32Array(attempts.starts.length);
  let count = 0;
  for (let item = 0; item < items.length; item++)
    if (!Number.isNaN(attempts.starts[item]!) && isShown(attempts.numbers[item]!)) items[count++] = item;
  return items.subarray(0, count);
}

function slotsOf({ slots }: Attempts, items: Int32Array): number[] {
  const seen = new Set<number>();
  for (const item of items) seen.add(slots[item]! >= 0 ? slots[item]! : -1);
  return [...seen].sort((a, b) => a - b);
}

interface Laid {
  readonly items: Int32Array;
  readonly slots: readonly number[];
  readonly first: number;
  readonly last: number;
  readonly endOf: (item: number) => number;
}

function draw(surface: Surface, outer: Box, theme: Theme, input: TimelineInput, laid: Laid): Panel[] {
  const { attempts, lanes, range, zoom } = input;
  const { items, slots, first, last, endOf } = laid;
  const x = range
    ? scaleOver("time", range, formatDate, 0)
    : scaleOver("time", [first, last], formatDate, 0.01);
  const box = inset(outer, 62, 4, 10, xRoom(true));
  const numbers = scaleOver("linear", numberRange(attempts, items), String, 0.02);
  const place = new Map(slots.map((slot, k) => [slot, k]));
  const laneHeight = box.height / slots.length;
  const barOf = (item: number): Box => {
    const from = box.x + unitOf(x, attempts.starts[item]!) * box.width;
    const to = box.x + unitOf(x, endOf(item)) * box.width;
    const across = { x: from, width: Math.max(1, to - from - 0.5) };
    if (lanes === "slots") {
      const lane = place.get(attempts.slots[item]! >= 0 ? attempts.slots[item]! : -1)!;
      return { ...across, y: box.y + lane * laneHeight + 3, height: Math.max(2, laneHeight - 6) };
    }
    const height = Math.min(12, Math.max(2, box.height / Math.max(1, items.length) - 1));
    const up = 1 - unitOf(numbers, attempts.numbers[item]!);
    return { ...across, y: box.y + up * box.height - height / 2, height };
  };
  drawXAxis(surface, box, theme, x, "time");
  drawLanes(surface, box, theme, lanes, slots, numbers);
  surface.clip(box, () => {
    if (items.length > MANY) drawCells(surface, box, theme, attempts, items, barOf);
    else for (const item of items) drawBar(surface, theme, kindOf(attempts, item), barOf(item), box);
  });
  return [
    {
      ...{ box, name: "timeline" },
      find: (px, py) => {
        for (let i = items.length - 1; i >= 0; i--) {
          const bar = barOf(items[i]!);
          const isIn =
            px >= bar.x - 1 && px <= bar.x + bar.width + 1 && py >= bar.y - 2 && py <= bar.y + bar.height + 2;
          if (isIn) return i;
        }
        return -1;
      },
      step: (item, by) => stepThrough(items.length, () => true, item, by),
      hit: (i) => {
        const item = items[i]!;
        const bar = barOf(item);
        const centre = Math.min(box.x + box.width, Math.max(box.x, bar.x + bar.width / 2));
        return {
          ...{ x: centre, y: bar.y + bar.height / 2, title: `trial ${attempts.numbers[item]}` },
          lines: [
            kindOf(attempts, item),
            `${formatTime(endOf(item) - attempts.starts[item]!)} from ${formatDate(attempts.starts[item]!)}`,
            ...(attempts.slots[item]! >= 0 ? [`slot ${attempts.slots[item]}`] : []),
          ],
          trial: attempts.numbers[item]!,
        };
      },
      brush: { axis: "x", done: (span) => zoom(span && [valueAt(x, span.x[0]), valueAt(x, span.x[1])]) },
    },
  ];
}

function numberRange({ numbers }: Attempts, items: Int32Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const item of items) {
    low = Math.min(low, numbers[item]!);
    high = Math.max(high, numbers[item]!);
  }
  return [low, high];
}

function drawLanes(
  surface: Surface,
  box: Box,
  theme: Theme,
  lanes: TimelineInput["lanes"],
  slots: readonly number[],
  numbers: Scale,
): void {
  if (lanes === "slots") {
    const height = box.height / slots.length;
    slots.forEach((slot, k) => {
      const y = box.y + (k + 0.5) * height;
      surface.text(slot < 0 ? "no slot" : `slot ${slot}`, box.x - 6, y, { color: theme.soft, align: "end" });
    });
    return;
  }
  for (const { value, text } of ticksOf(numbers, 6)) {
    const y = box.y + (1 - unitOf(numbers, value)) * box.height;
    segment(surface, [box.x, y, box.x + box.width, y], { stroke: theme.line, width: 0.7 });
    surface.text(`trial ${text}`, box.x - 6, y, { color: theme.soft, align: "end", size: 10 });
  }
}

function drawBar(surface: Surface, theme: Theme, kind: string, bar: Box, box: Box): void {
  if (bar.x > box.x + box.width || bar.x + bar.width < box.x) return;
  const color = colorOf(kind, theme);
  surface.rect(bar, color, kind === "complete" ? 0.75 : 0.9);
  if (STATE_NAMES.includes(kind) || bar.width < 10 || bar.height < 8) return;
  // A mark on its own ground says the reason without a colour.
  const at = { x: bar.x + bar.width - 7, y: bar.y + bar.height / 2 };
  surface.marks([at.x], [at.y], 1, { mark: "square", size: 9, color: theme.panel });
  surface.marks([at.x], [at.y], 1, { mark: reasonMark(kind), size: 6, color });
}

/** Attempts as cells of a pixel each, in which the longest one is seen. */
function drawCells(
  surface: Surface,
  box: Box,
  theme: Theme,
  attempts: Attempts,
  items: Int32Array,
  barOf: (item: number) => Box,
): void {
  const columns = Math.max(1, Math.round(box.width));
  const rows = Math.max(1, Math.round(box.height / 2));
  const cells = new Uint8Array(columns * rows);
  const longest = new Float32Array(columns * rows);
  const kinds: string[] = [];
  for (const item of items) {
    const bar = barOf(item);
    const kind = kindOf(attempts, item);
    if (!kinds.includes(kind)) kinds.push(kind);
    const color = kinds.indexOf(kind) + 1;
    const from = Math.max(0, Math.floor(bar.x - box.x));
    const to = Math.min(columns - 1, Math.floor(bar.x + bar.width - box.x));
    const top = Math.max(0, Math.floor((bar.y - box.y) / 2));
    const bottom = Math.min(rows - 1, Math.max(top, Math.ceil((bar.y + bar.height - box.y) / 2) - 1));
    for (let column = from; column <= to; column++) {
      const part = Math.min(bar.x + bar.width, box.x + column + 1) - Math.max(bar.x, box.x + column);
      for (let row = top; row <= bottom; row++) {
        const cell = row * columns + column;
        if (part <= longest[cell]!) continue;
        longest[cell] = part;
        cells[cell] = color;
      }
    }
  }
  const palette = new Uint8Array(256 * 4);
  kinds.forEach((kind, k) => {
    palette.set([...rgbOf(colorOf(kind, theme)), 230], (k + 1) * 4);
  });
  surface.raster(box, { columns, rows, cells, palette });
}
