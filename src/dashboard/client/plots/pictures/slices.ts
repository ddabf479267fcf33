import { emptyPicture, type Panel, type Picture, RANK_LEGEND, TABLE_ROWS } from "../drawing/picture.ts";
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
  type Tail,
  type Trials,
  valueScale,
  valueText,
} from "../drawing/trials.ts";
import { drawAxes, xRoom, yRoom } from "../surface/axes.ts";
import { formatCount, formatPercent } from "../surface/format.ts";
import { type Scale, unitsOf } from "../surface/scale.ts";
import { type Box, inset, type Surface, shorten } from "../surface/surface.ts";
import type { Theme } from "../surface/theme.ts";

/** What slices show: a small plot for each param. */
export interface SlicesInput {
  readonly trials: Trials;
  readonly objective: Objective;
  /** The most important first. */
  readonly params: readonly (Param & { readonly importance: number | null })[];
  readonly isLog: boolean;
  readonly tail: Tail;
}

const PANEL_HEIGHT = 168;
const LEAST_WIDTH = 210;

/** How many panels fit side by side. */
function columnsFor(width: number, count: number): number {
  return Math.max(1, Math.min(count, Math.floor(width / LEAST_WIDTH)));
}

/** The value against each param, most important first: darker is better, whatever the noise. */
export function slicesPicture(input: SlicesInput): Picture {
  const { trials, objective, params } = input;
  const title = `${objective.name} by param`;
  if (params.length === 0) return emptyPicture(title, "This study has no params.");
  const { values } = objective;
  const complete = countShown(values.length, trials.visible, (row) => !Number.isNaN(values[row]!));
  const [first] = params;
  const lead =
    first!.importance === null || first!.importance === 0
      ? ""
      : ` The most important is ${first!.name} (${formatPercent(first!.importance)}).`;
  return {
    title,
    summary: `The ${objective.name} of ${formatCount(complete, "trial")} against ${params.length === 1 ? "1 param" : `each of ${params.length} params`}.${lead}`,
    legend: [RANK_LEGEND, { label: "best", mark: "ring", color: (theme) => theme.best }],
    height: (width) => Math.ceil(params.length / columnsFor(width, params.length)) * PANEL_HEIGHT,
    draw: (surface, box, theme) => draw(surface, box, theme, input),
    table: () => {
      const ranking = rankingOf(values, objective.direction);
      const rows = [];
      for (let i = ranking.order.length - 1; i >= 0 && rows.length < TABLE_ROWS; i--) {
        const row = ranking.order[i]!;
        if (trials.visible !== null && trials.visible[row] === 0) continue;
        rows.push([trials.numbers[row]!, values[row]!, ...params.map((param) => paramText(param, row))]);
      }
      rows.sort((a, b) => (Number(a[1]) - Number(b[1])) * (objective.direction === "minimize" ? 1 : -1));
      return {
        columns: ["trial", objective.name, ...params.map(({ name }) => name)],
        rows,
        note: complete > rows.length ? `The best ${rows.length} of ${complete} trials.` : null,
      };
    },
  };
}

function draw(surface: Surface, outer: Box, theme: Theme, input: SlicesInput): Panel[] {
  const { trials, objective, params, isLog, tail } = input;
  const y = valueScale(objective, trials.visible, { isLog, tail });
  const ys = unitsOf(y, objective.values);
  const best = bestShown(trials, objective);
  const columns = columnsFor(outer.width, params.length);
  const left = yRoom(y, PANEL_HEIGHT, true);
  const inner = (outer.width - left) / columns;
  return params.map((param, i) => {
    const column = i % columns;
    const cell = {
      x: outer.x + left + column * inner,
      y: outer.y + Math.floor(i / columns) * PANEL_HEIGHT,
      width: inner,
      height: PANEL_HEIGHT,
    };
    return drawPanel(surface, inset(cell, 6, 22, 6, xRoom(false) + 6), theme, {
      ...{ input, param, y, ys, best, isFirst: column === 0 },
    });
  });
}

function drawPanel(
  surface: Surface,
  box: Box,
  theme: Theme,
  {
    input: { trials, objective },
    param,
    y,
    ys,
    best,
    isFirst,
  }: {
    input: SlicesInput;
    param: SlicesInput["params"][number];
    y: Scale;
    ys: Float32Array;
    best: number;
    isFirst: boolean;
  },
): Panel {
  const share = param.importance === null ? "" : formatPercent(param.importance);
  const shareWidth = share === "" ? 0 : 44;
  surface.text(shorten(param.name, box.width - shareWidth, 12), box.x, box.y - 11, {
    ...{ color: theme.ink, size: 12, bold: true },
  });
  if (share) surface.text(share, box.x + box.width, box.y - 11, { color: theme.soft, align: "end" });
  const x = paramScale(param);
  const points = { xs: paramUnits(param, true), ys, mask: trials.visible };
  drawAxes(
    surface,
    { box, x, y: isFirst ? y : { ...y, format: () => "" }, ...(isFirst && { yLabel: objective.name }) },
    theme,
  );
  drawRanked(surface, box, points, {
    ranking: rankingOf(objective.values, objective.direction),
    ...{ best, theme, size: 4 },
  });
  const lines = (row: number): string[] => [
    `${objective.name} ${valueText(objective.values[row])}`,
    `${param.name} ${paramText(param, row)}`,
  ];
  return pointPanel({ box, name: param.name, points, lines, numbers: trials.numbers });
}
