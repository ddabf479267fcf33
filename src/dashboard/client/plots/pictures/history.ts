import { sign } from "../../../../core/search/direction.ts";
import type { Cells } from "../../data/frame.ts";
import { drawLost, type Lost, lostOf } from "../drawing/lost-strip.ts";
import { type LegendEntry, type Picture, RANK_LEGEND, TABLE_ROWS } from "../drawing/picture.ts";
import { drawRanked, gatherSparse, pointPanel, type TrialPoints } from "../drawing/points.ts";
import { rankingOf } from "../drawing/ranking.ts";
import {
  countShown,
  type Objective,
  type Tail,
  type Trials,
  valueScale,
  valueText,
  wordAt,
} from "../drawing/trials.ts";
import { drawXAxis, drawYAxis, xRoom, yRoom } from "../surface/axes.ts";
import { formatCount, formatNumber } from "../surface/format.ts";
import { extentOf, type Scale, scaleOver, unitOf, unitsOf, valueAt } from "../surface/scale.ts";
import { type Box, inset, type Surface } from "../surface/surface.ts";
import { reasonColor, reasonMark, type Theme } from "../surface/theme.ts";

/** What the x axis of a history counts. */
export interface HistoryAxis {
  readonly label: string;
  readonly kind: "linear" | "time";
  /** NaN where a trial has no place. */
  readonly cells: ArrayLike<number> & object;
  readonly format: (value: number) => string;
}

/** What a history shows. */
export interface HistoryInput {
  readonly trials: Trials;
  readonly objective: Objective;
  /** Estimates of pruned trials; null: there are none. */
  readonly estimates: Cells | null;
  readonly axis: HistoryAxis;
  readonly isLog: boolean;
  readonly tail: Tail;
  /** The part of the x axis that is shown; null: all. */
  readonly range: readonly [number, number] | null;
  readonly zoom: (range: readonly [number, number] | null) => void;
}

/** A trial that was better than all before it. */
export interface Improvement {
  readonly row: number;
  readonly value: number;
}

/** The trials that were better than all before them, in the order of the x axis. */
export function improvementsOf({ trials, objective, axis }: HistoryInput): Improvement[] {
  const { values, direction } = objective;
  const rows = rowsInOrder(axis.cells);
  const flip = sign(direction);
  const found: Improvement[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const cost = values[row]! * flip;
    if (!(cost < least) || (trials.violations !== null && trials.violations[row]! > 0)) continue;
    if (trials.visible !== null && trials.visible[row] === 0) continue;
    least = cost;
    found.push({ row, value: values[row]! });
  }
  return found;
}

const orders = new WeakMap<object, Int32Array>();

/** The rows with a place on the axis, from left to right. A column is ordered once. */
function rowsInOrder(cells: ArrayLike<number> & object): Int32Array {
  const known = orders.get(cells);
  if (known) return known;
  const rows = new Int32Array(cells.length);
  let count = 0;
  let isSorted = true;
  for (let row = 0; row < cells.length; row++) {
    if (Number.isNaN(cells[row]!)) continue;
    isSorted &&= count === 0 || cells[row]! >= cells[rows[count - 1]!]!;
    rows[count++] = row;
  }
  const order = rows.subarray(0, count);
  if (!isSorted) order.sort((a, b) => cells[a]! - cells[b]! || a - b);
  orders.set(cells, order);
  return order;
}

/** How the values and the best of them came along. */
export function historyPicture(input: HistoryInput): Picture {
  const { trials, objective, axis } = input;
  const improvements = improvementsOf(input);
  const lost = lostOf(trials);
  const best = improvements.at(-1);
  const complete = countShown(
    objective.values.length,
    trials.visible,
    (row) => !Number.isNaN(objective.values[row]!),
  );
  const summary = best
    ? `The best ${objective.name} of ${formatCount(complete, "trial")} is ${formatNumber(best.value)}, found by trial ${trials.numbers[best.row]}; it got better ${formatCount(improvements.length, "time")}.`
    : `None of the trials that are shown has a ${objective.name}.`;
  const legend: LegendEntry[] = [
    { ...RANK_LEGEND, label: `${objective.name}, best to worst` },
    { label: "best so far", color: (theme) => theme.best },
    ...(input.estimates
      ? [
          {
            label: "estimate of a pruned trial",
            mark: "triangle" as const,
            color: (theme: Theme) => theme.states.pruned,
          },
        ]
      : []),
    ...lost.reasons.map((reason) => ({
      label: reason,
      mark: reasonMark(reason),
      color: (theme: Theme) => reasonColor(theme, reason),
    })),
  ];
  return {
    title: `History of ${objective.name}`,
    summary,
    legend,
    height: (width) => Math.round(Math.min(420, Math.max(240, width * 0.42))),
    draw: (surface, box, theme) => draw(surface, box, theme, input, improvements, lost),
    table: () => ({
      columns: ["trial", axis.label, objective.name],
      rows: improvements
        .slice(-TABLE_ROWS)
        .map(({ row, value }) => [trials.numbers[row]!, axis.format(axis.cells[row]!), value]),
      note: "Only trials that were better than all before them.",
    }),
  };
}

function draw(
  surface: Surface,
  outer: Box,
  theme: Theme,
  input: HistoryInput,
  improvements: readonly Improvement[],
  lost: Lost,
) {
  const { trials, objective, axis, estimates, isLog, tail, range } = input;
  const y = valueScale(objective, trials.visible, { isLog, tail });
  const x: Scale = range
    ? scaleOver(axis.kind, range, axis.format, 0)
    : scaleOver(axis.kind, extentOf(axis.cells), axis.format, 0.02);
  const below = xRoom(true) + lost.height;
  const box = inset(outer, yRoom(y, outer.height, true), 8, 10, below);
  const points = { xs: unitsOf(x, axis.cells), ys: unitsOf(y, objective.values), mask: trials.visible };
  const whole = { ...box, height: box.height + lost.height };
  drawYAxis(surface, box, theme, y, objective.name);
  drawXAxis(surface, whole, theme, x, axis.label);
  surface.clip({ ...box, width: box.width + 4, y: box.y - 4, height: box.height + 8 }, () => {
    if (estimates) drawEstimates(surface, box, theme, { ...points, ys: unitsOf(y, estimates) });
    drawRanked(surface, box, points, {
      ranking: rankingOf(objective.values, objective.direction),
      ...{ best: improvements.at(-1)?.row ?? -1, theme },
    });
    drawSteps(surface, box, theme, { x, y, axis, improvements });
  });
  drawLost(surface, { ...box, y: box.y + box.height, height: lost.height }, theme, {
    trials,
    xs: points.xs,
    lost,
  });
  const lines = (row: number): string[] => [
    `${objective.name} ${valueText(objective.values[row])}`,
    `${axis.label} ${axis.format(axis.cells[row]!)}`,
    wordAt(trials.reasons, row) ?? wordAt(trials.states, row) ?? "",
  ];
  return [
    pointPanel(
      { box, name: "history", points, lines, numbers: trials.numbers },
      {
        axis: "x",
        done: (span) => input.zoom(span && [valueAt(x, span.x[0]), valueAt(x, span.x[1])]),
      },
    ),
  ];
}

/** Estimates; of many that would hide one another only some, at most one in each small square. */
function drawEstimates(surface: Surface, box: Box, theme: Theme, points: TrialPoints): void {
  const { xs, ys, count } = gatherSparse(points, box, 4);
  const isMany = count > 1_000;
  surface.marks(xs, ys, count, {
    mark: isMany ? "square" : "triangle",
    ...{ size: isMany ? 2 : 5, color: theme.states.pruned, alpha: isMany ? 0.5 : 0.7 },
  });
}

/** The best value so far as a line of steps, up to the right edge. */
function drawSteps(
  surface: Surface,
  box: Box,
  theme: Theme,
  {
    x,
    y,
    axis,
    improvements,
  }: { x: Scale; y: Scale; axis: HistoryAxis; improvements: readonly Improvement[] },
): void {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const { row, value } of improvements) {
    const at = box.x + unitOf(x, axis.cells[row]!) * box.width;
    const unit = unitOf(y, value);
    // A value beyond the axis keeps the line at its edge.
    const level = box.y + (1 - Math.min(1.02, Math.max(-0.02, unit))) * box.height;
    if (ys.length > 0) {
      xs.push(at);
      ys.push(ys.at(-1)!);
    }
    xs.push(at);
    ys.push(level);
  }
  if (ys.length > 0) {
    xs.push(box.x + box.width);
    ys.push(ys.at(-1)!);
  }
  surface.line(xs, ys, xs.length, { stroke: theme.best, width: 2 });
}
