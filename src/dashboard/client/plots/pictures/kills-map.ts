import { isLost, type Reason } from "../../../../core/trial.ts";
import type { KillsJson } from "../../../../report/kills/kills.ts";
import { emptyPicture, type Panel, type Picture } from "../drawing/picture.ts";
import { boxPanel } from "../drawing/points.ts";
import { type Param, paramScale, paramUnits, type Trials } from "../drawing/trials.ts";
import { drawXAxis, drawYAxis, xRoom, yRoom } from "../surface/axes.ts";
import { formatCount, formatPercent, formatTime } from "../surface/format.ts";
import { type Scale, unitOf, valueAt } from "../surface/scale.ts";
import { type Box, inset, type Surface, segment, shorten, textWidth } from "../surface/surface.ts";
import { reasonColor, reasonMark, type Theme } from "../surface/theme.ts";

/** What a map of losses shows: where in two params which share of the trials was lost, for each reason. */
export interface KillsMapInput {
  readonly trials: Trials;
  readonly x: Param;
  readonly y: Param;
  /** What `kills` says; null: not known yet. */
  readonly kills: KillsJson | null;
}

/** The trials in a part of two params. */
interface Cell {
  readonly column: number;
  readonly row: number;
  /** How many trials ended there. */
  readonly count: number;
  /** How many of them for the reason. */
  readonly lost: number;
}

/** The parts of an axis of numbers. */
const PARTS = 10;
/** So many reasons have a panel, the most frequent ones. */
const MOST_REASONS = 6;
const PANEL_HEIGHT = 250;
const LEAST_WIDTH = 300;

/** How many parts an axis has: each choice is one, up to a number that people can still tell apart. */
function partsOf({ distribution }: Param): number {
  return distribution.kind === "categorical" ? Math.min(20, distribution.choices.length) : PARTS;
}

const columnsFor = (width: number, count: number): number =>
  Math.max(1, Math.min(count, Math.floor(width / LEAST_WIDTH)));

/** Where in the space trials are lost, with what to do about it. */
export function killsMapPicture(input: KillsMapInput): Picture {
  const { trials, x, y, kills } = input;
  const title = `Losses by ${x.name} and ${y.name}`;
  const { finished, reasons } = lossesOf(trials);
  if (reasons.length === 0)
    return emptyPicture(title, `None of the ${formatCount(finished, "trial")} that ended was lost.`);
  const shown = reasons.slice(0, MOST_REASONS);
  const maps = shown.map(({ reason }) => ({ reason, cells: cellsOf(input, reason) }));
  return {
    title,
    summary: sentences(kills, reasons, finished).join(" "),
    legend: shown.map(({ reason, count }) => ({
      label: `${reason}: ${count}`,
      mark: reasonMark(reason),
      color: (theme: Theme) => reasonColor(theme, reason),
    })),
    height: (width) => Math.ceil(maps.length / columnsFor(width, maps.length)) * PANEL_HEIGHT,
    draw: (surface, box, theme) => {
      const columns = columnsFor(box.width, maps.length);
      const width = box.width / columns;
      return maps.map(({ reason, cells }, i) => {
        const at = { x: box.x + (i % columns) * width, y: box.y + Math.floor(i / columns) * PANEL_HEIGHT };
        return drawMap(surface, { ...at, width, height: PANEL_HEIGHT }, theme, { input, reason, cells });
      });
    },
    table: () => ({
      columns: ["reason", x.name, y.name, "lost", "ended there", "share"],
      rows: maps.flatMap(({ reason, cells }) =>
        cells
          .filter(({ lost }) => lost > 0)
          .sort((a, b) => b.lost / b.count - a.lost / a.count)
          .map(({ column, row, lost, count }) => [
            ...[reason, partText(x, column), partText(y, row), lost, count, formatPercent(lost / count)],
          ]),
      ),
      note: "Only parts in which trials were lost.",
    }),
  };
}

/** What was lost and what helps, in the words of `kills`. */
function sentences(
  kills: KillsJson | null,
  reasons: readonly { readonly reason: string; readonly count: number }[],
  finished: number,
): string[] {
  const all = reasons.reduce((sum, { count }) => sum + count, 0);
  const patterns =
    kills?.reasons.flatMap(({ reason, rules }) => rules.map(({ text }) => `${reason}: ${text}.`)) ?? [];
  const bound = kills?.advice.find(({ narrow }) => narrow !== null)?.narrow;
  return [
    `${formatCount(all, "trial")} of ${finished} lost.`,
    ...patterns,
    ...(bound
      ? [`With ${bound.param} as ${bound.declaration} ${formatTime(bound.savesMs)} would not have been lost.`]
      : []),
  ];
}

/** How many trials ended, and how many of them were lost for each reason, the most frequent first. */
function lossesOf({ states, reasons, visible }: Trials) {
  const ended = new Set(["complete", "pruned", "fail"].map((state) => states.words.indexOf(state)));
  const counts = new Map<Reason, number>();
  let finished = 0;
  for (let row = 0; row < states.cells.length; row++) {
    if ((visible !== null && visible[row] !== 1) || !ended.has(states.cells[row]!)) continue;
    finished++;
    const reason = reasons.words[reasons.cells[row]!] as Reason | undefined;
    if (reason !== undefined && isLost(reason)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const found = [...counts].map(([reason, count]) => ({ reason, count }));
  return { finished, reasons: found.sort((a, b) => b.count - a.count) };
}

function cellsOf({ trials, x, y }: KillsMapInput, reason: string): Cell[] {
  const { states, reasons, visible } = trials;
  const ended = ["complete", "pruned", "fail"].map((state) => states.words.indexOf(state));
  const index = reasons.words.indexOf(reason);
  const [columns, rows] = [partsOf(x), partsOf(y)];
  const [xs, ys] = [paramUnits(x, true), paramUnits(y, true)];
  const counts = new Uint32Array(columns * rows);
  const losts = new Uint32Array(columns * rows);
  for (let trial = 0; trial < xs.length; trial++) {
    if ((visible !== null && visible[trial] !== 1) || !ended.includes(states.cells[trial]!)) continue;
    const [u, v] = [xs[trial]!, ys[trial]!];
    if (!(u >= 0 && u <= 1 && v >= 0 && v <= 1)) continue;
    const cell =
      Math.min(rows - 1, Math.floor(v * rows)) * columns + Math.min(columns - 1, Math.floor(u * columns));
    counts[cell]!++;
    if (reasons.cells[trial] === index) losts[cell]!++;
  }
  return [...counts.keys()]
    .filter((cell) => counts[cell]! > 0)
    .map((cell) => ({
      ...{
        column: cell % columns,
        row: Math.floor(cell / columns),
        count: counts[cell]!,
        lost: losts[cell]!,
      },
    }));
}

/** The values in a part of a param: `256 to 512`, `adam`. */
function partText(param: Param, part: number): string {
  const { distribution } = param;
  const scale = paramScale(param);
  const parts = partsOf(param);
  if (distribution.kind === "categorical") {
    const { names } = scale;
    const [from, to] = [part, part + 1].map((edge) => Math.round((edge / parts) * names.length));
    return names.slice(from, Math.max(from! + 1, to!)).join(", ");
  }
  const edges = [part, part + 1].map((edge) => Number(valueAt(scale, edge / parts).toPrecision(3)));
  const inside = (value: number): number => Math.min(distribution.high, Math.max(distribution.low, value));
  return edges.map((value) => scale.format(inside(value))).join(" to ");
}

function drawMap(
  surface: Surface,
  outer: Box,
  theme: Theme,
  {
    input,
    reason,
    cells,
  }: { readonly input: KillsMapInput; readonly reason: Reason; readonly cells: readonly Cell[] },
): Panel {
  const { x, y, kills } = input;
  const [xScale, yScale] = [paramScale(x), paramScale(y)];
  const box = inset(outer, yRoom(yScale, outer.height, true), 26, 12, xRoom(true));
  const color = reasonColor(theme, reason);
  surface.marks([box.x + 4], [box.y - 14], 1, { mark: reasonMark(reason), size: 8, color });
  surface.text(shorten(reason, box.width - 16, 12), box.x + 14, box.y - 14, {
    color: theme.ink,
    size: 12,
    bold: true,
  });
  drawYAxis(surface, box, theme, yScale, y.name);
  drawXAxis(surface, box, theme, xScale, x.name);
  const [width, height] = [box.width / partsOf(x), box.height / partsOf(y)];
  const boxes = cells.map(({ column, row }) => ({
    ...{ x: box.x + column * width, y: box.y + box.height - (row + 1) * height },
    ...{ width: width - 1, height: height - 1 },
  }));
  cells.forEach(({ lost, count }, i) => {
    const share = lost / count;
    surface.rect(boxes[i]!, lost > 0 ? color : theme.soft, lost > 0 ? 0.15 + 0.8 * share : 0.1);
    const text = count < 100 ? `${lost}/${count}` : formatPercent(share);
    if (height < 13 || lost === 0 || textWidth(text, 9) > width - 2) return;
    const centre = [boxes[i]!.x + width / 2, boxes[i]!.y + height / 2] as const;
    surface.text(text, ...centre, { color: theme.ink, align: "middle", size: 9 });
  });
  drawBounds(surface, box, theme, { kills, reason, x: [x, xScale], y: [y, yScale] });
  const hit = (item: number) => ({
    title: reason,
    lines: [
      `${cells[item]!.lost} of ${cells[item]!.count} lost`,
      `${x.name} ${partText(x, cells[item]!.column)}`,
      `${y.name} ${partText(y, cells[item]!.row)}`,
    ],
    trial: null,
  });
  return boxPanel({ box, name: reason, boxes, hit });
}

/** The conditions that separate a reason's losses, as lines where they begin. */
function drawBounds(
  surface: Surface,
  box: Box,
  theme: Theme,
  {
    kills,
    reason,
    x,
    y,
  }: {
    readonly kills: KillsJson | null;
    readonly reason: Reason;
    readonly x: readonly [Param, Scale];
    readonly y: readonly [Param, Scale];
  },
): void {
  const conditions =
    kills?.reasons.find((loss) => loss.reason === reason)?.rules.flatMap((rule) => rule.conditions) ?? [];
  for (const { param, op, value } of conditions) {
    if (op === "=" || typeof value !== "number") continue;
    const look = { stroke: theme.best, width: 2, dash: [5, 3] };
    if (param === x[0].name) {
      const at = box.x + unitOf(x[1], value) * box.width;
      segment(surface, [at, box.y, at, box.y + box.height], look);
    }
    if (param === y[0].name) {
      const at = box.y + (1 - unitOf(y[1], value)) * box.height;
      segment(surface, [box.x, at, box.x + box.width, at], look);
    }
  }
}
