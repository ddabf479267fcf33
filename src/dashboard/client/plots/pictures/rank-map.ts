import { type AxisRange, type Brushes, rangeOfSpan, spanOfRange } from "../drawing/brushes.ts";
import {
  emptyPicture,
  type Panel,
  type Picture,
  RANK_LEGEND,
  type Span,
  TABLE_ROWS,
} from "../drawing/picture.ts";
import { drawRanked, pointPanel } from "../drawing/points.ts";
import { rankingOf } from "../drawing/ranking.ts";
import {
  bestShown,
  countShown,
  type Objective,
  type Param,
  paramScale,
  paramText,
  paramUnits,
  type Trials,
  valueText,
} from "../drawing/trials.ts";
import { drawAxes, xRoom, yRoom } from "../surface/axes.ts";
import { densityRaster } from "../surface/density.ts";
import { formatCount } from "../surface/format.ts";
import { type Box, inset, type Surface } from "../surface/surface.ts";
import type { Theme } from "../surface/theme.ts";

/** What a rank map shows: how good the trials were where two params were what. */
export interface RankMapInput {
  readonly trials: Trials;
  readonly objective: Objective;
  readonly x: Param;
  readonly y: Param;
  /** The ranges that are chosen on axes, by their names. */
  readonly brushes: Brushes;
  /** Chooses ranges of both params; null: nothing any more. */
  readonly brush: (ranges: Readonly<Record<string, AxisRange | null>>) => void;
}

/** Above so many trials the mean rank of those in each square is shown. */
const MANY = 2_500;
/** The width of a square in pixels. */
const SQUARE = 9;

/** Two params against each other, coloured by the rank of the value. */
export function rankMapPicture(input: RankMapInput): Picture {
  const { trials, objective, x, y } = input;
  const title = `Rank of ${objective.name} by ${x.name} and ${y.name}`;
  if (x.name === y.name) return emptyPicture(title, "Two different params are needed.");
  const { values } = objective;
  const count = countShown(values.length, trials.visible, (row) => !Number.isNaN(values[row]!));
  const best = bestShown(trials, objective);
  const lead =
    best < 0
      ? ""
      : ` The best one, trial ${trials.numbers[best]}, has ${x.name} ${paramText(x, best)} and ${y.name} ${paramText(y, best)}.`;
  return {
    title,
    summary: `${formatCount(count, "trial")} with a ${objective.name}, by two params.${lead}`,
    legend: [
      count > MANY ? { ...RANK_LEGEND, label: "mean rank of the trials there, best to worst" } : RANK_LEGEND,
      { label: "best", mark: "ring", color: (theme) => theme.best },
    ],
    height: (width) => Math.round(Math.min(480, Math.max(280, width * 0.6))),
    draw: (surface, box, theme) => draw(surface, box, theme, input, count > MANY, best),
    table: () => {
      const { order } = rankingOf(values, objective.direction);
      const rows = [];
      for (let i = order.length - 1; i >= 0 && rows.length < TABLE_ROWS; i--) {
        const row = order[i]!;
        if (trials.visible !== null && trials.visible[row] === 0) continue;
        rows.push([trials.numbers[row]!, values[row]!, paramText(x, row), paramText(y, row)]);
      }
      const note = count > rows.length ? `The best ${rows.length} of ${formatCount(count, "trial")}.` : null;
      return { columns: ["trial", objective.name, x.name, y.name], rows, note };
    },
  };
}

function draw(
  surface: Surface,
  outer: Box,
  theme: Theme,
  { trials, objective, x, y, brushes, brush }: RankMapInput,
  isMany: boolean,
  best: number,
): Panel[] {
  const [xScale, yScale] = [paramScale(x), paramScale(y)];
  const box = inset(outer, yRoom(yScale, outer.height, true), 8, 10, xRoom(true));
  const ranking = rankingOf(objective.values, objective.direction);
  const points = { xs: paramUnits(x, true), ys: paramUnits(y, true), mask: trials.visible };
  drawAxes(surface, { box, x: xScale, y: yScale, xLabel: x.name, yLabel: y.name }, theme);
  if (isMany) {
    const columns = Math.max(1, Math.round(box.width / SQUARE));
    const rows = Math.max(1, Math.round(box.height / SQUARE));
    const raster = densityRaster({ ...points, ranks: ranking.classes }, columns, rows, theme, "mean");
    surface.raster(box, raster);
  }
  const shown = isMany ? { ...ranking, order: new Int32Array(0), starts: new Int32Array(17) } : ranking;
  drawRanked(surface, box, points, { ranking: shown, best, theme, size: 7 });
  const chosen = [x.name, y.name].map((name) => brushes[name]);
  if (chosen.some((range) => range !== undefined)) {
    const [from, to] = chosen[0] ? spanOfRange(xScale, chosen[0]) : [0, 1];
    const [low, high] = chosen[1] ? spanOfRange(yScale, chosen[1]) : [0, 1];
    const part = { x: box.x + from * box.width, y: box.y + (1 - high) * box.height };
    surface.rect({ ...part, width: (to - from) * box.width, height: (high - low) * box.height }, theme.brush);
  }
  const lines = (row: number): string[] => [
    `${objective.name} ${valueText(objective.values[row])}`,
    `${x.name} ${paramText(x, row)}`,
    `${y.name} ${paramText(y, row)}`,
  ];
  // Trials without a value are not drawn, and cannot be pointed at.
  const xs = points.xs.map((unit, row) => (ranking.classes[row] === 255 ? Number.NaN : unit));
  const done = (span: Span | null): void =>
    brush({
      [x.name]: span && rangeOfSpan(xScale, span.x),
      [y.name]: span && rangeOfSpan(yScale, span.y),
    });
  const seen = { ...points, xs };
  return [
    pointPanel({ box, name: "rank map", points: seen, lines, numbers: trials.numbers }, { axis: "xy", done }),
  ];
}
