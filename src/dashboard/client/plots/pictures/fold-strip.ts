import { sign } from "../../../../core/search/direction.ts";
import type { StripCellJson, StripJson, TrialStripJson } from "../../../../report/strip.ts";
import { emptyPicture, type Panel, type Picture } from "../drawing/picture.ts";
import { boxPanel } from "../drawing/points.ts";
import { drawXAxis, drawYAxis, xRoom, yRoom } from "../surface/axes.ts";
import { formatNumber } from "../surface/format.ts";
import { extentOf, type Scale, scaleOver, unitOf } from "../surface/scale.ts";
import { type Box, inset, type Surface, segment } from "../surface/surface.ts";
import type { Theme } from "../surface/theme.ts";

/** The difference of paired values: its mean, and the interval that holds the true one 95 times in 100. */
export interface PairedDifference {
  readonly mean: number;
  /** null with fewer than two pairs. */
  readonly half: number | null;
}

/** Quantiles of Student's t for 97.5 %, for 1 to 30 degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The mean of differences with its 95 % interval by Student's t; null without any. */
export function pairedDifference(differences: readonly number[]): PairedDifference | null {
  const count = differences.length;
  if (count === 0) return null;
  const mean = differences.reduce((sum, each) => sum + each, 0) / count;
  if (count < 2) return { mean, half: null };
  const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (count - 1);
  const t = T[count - 2] ?? 1.96 + 2.4 / (count - 1);
  return { mean, half: t * Math.sqrt(variance / count) };
}

/** A trial beside the one that it had to beat, split by split. */
export function foldStripPicture(
  trial: number,
  { of, objectives }: TrialStripJson,
  names: readonly string[],
): Picture {
  const title = `Trial ${trial} by ${of}`;
  const shown = objectives.filter(({ cells }) => cells.length > 0);
  if (shown.length === 0) return emptyPicture(title, `Trial ${trial} has no ${of} yet.`);
  return {
    title,
    summary: shown.map((strip) => sentenceOf(trial, of, strip, names)).join(" "),
    legend: [
      { label: `trial ${trial}`, mark: "circle", color: (theme) => theme.states.complete },
      { label: "incumbent", mark: "ring", color: (theme) => theme.soft },
      { label: "better", color: (theme) => theme.states.complete },
      { label: "worse", color: (theme) => theme.states.fail, dash: [2, 2] },
      { label: "ended here", mark: "cross", color: (theme) => theme.states.fail },
    ],
    height: () => shown.length * 190,
    draw: (surface, box, theme) => {
      const height = box.height / shown.length;
      return shown.map((strip, i) =>
        drawStrip(surface, { ...box, y: box.y + i * height, height }, theme, {
          trial,
          of,
          strip,
          name: names[strip.objective] ?? "value",
        }),
      );
    },
    table: () => ({
      columns: ["objective", of, "trial", "incumbent", "difference"],
      rows: shown.flatMap(({ objective, cells }) =>
        cells.map((cell) => [
          names[objective] ?? "value",
          placeText(cell),
          cell.trial,
          cell.incumbent,
          cell.difference,
        ]),
      ),
      note: null,
    }),
  };
}

const placeText = ({ from, to }: StripCellJson): string => (from === to ? String(from) : `${from} to ${to}`);

function sentenceOf(trial: number, of: string, strip: StripJson, names: readonly string[]): string {
  const { incumbent, pairs, better, cells, direction, best } = strip;
  const name = names[strip.objective] ?? "value";
  if (incumbent === null) return `There is no other trial to compare trial ${trial} with in ${name}.`;
  const ended = cells.find((cell) => cell.ended);
  const tail = ended ? ` It ended in ${of.slice(0, -1)} ${placeText(ended)}.` : "";
  const found = pairedDifference(cells.flatMap(({ difference }) => difference ?? []));
  if (pairs === 0 || !found) return `Trial ${trial} and trial ${incumbent} share no ${of} yet.${tail}`;
  const gain = -found.mean * sign(direction);
  const size = three(Math.abs(gain));
  const margin = found.half === null ? "" : ` ± ${three(found.half)}`;
  const isChance = found.half !== null && Math.abs(gain) <= found.half;
  const difference = isChance
    ? `the difference in ${name}, ${size}${margin}, may be chance`
    : `in ${name} it is ${size}${margin} ${gain > 0 ? "better" : "worse"}`;
  return `Better than trial ${incumbent} (the best ${best}) in ${better} of ${pairs} ${of}; ${difference}.${tail}`;
}

/** Three digits are enough for a difference. */
const three = (value: number): string => formatNumber(Number(value.toPrecision(3)));

function drawStrip(
  surface: Surface,
  outer: Box,
  theme: Theme,
  {
    trial,
    of,
    strip,
    name,
  }: { readonly trial: number; readonly of: string; readonly strip: StripJson; readonly name: string },
): Panel {
  const { cells, direction, incumbent } = strip;
  const values = cells.flatMap((cell) => [cell.trial ?? Number.NaN, cell.incumbent ?? Number.NaN]);
  const y = scaleOver("linear", extentOf(values), formatNumber, 0.1);
  const every = Math.max(1, Math.ceil(cells.length / 20));
  const x: Scale = {
    ...{ kind: "category", low: -0.5, high: cells.length - 0.5, format: String },
    names: cells.map((cell, k) => (k % every === 0 ? placeText(cell) : "")),
  };
  const box = inset(outer, yRoom(y, outer.height, true), 8, 10, xRoom(true));
  drawYAxis(surface, box, theme, y, name);
  drawXAxis(surface, box, theme, x, of);
  const yAt = (value: number): number => box.y + (1 - unitOf(y, value)) * box.height;
  const width = box.width / cells.length;
  const size = Math.min(9, Math.max(4, width * 0.5));
  cells.forEach((cell, k) => {
    const at = box.x + (k + 0.5) * width;
    if (cell.trial !== null && cell.incumbent !== null) {
      const isBetter = (cell.trial - cell.incumbent) * sign(direction) < 0;
      segment(surface, [at, yAt(cell.incumbent), at, yAt(cell.trial)], {
        ...{
          stroke: isBetter ? theme.states.complete : theme.states.fail,
          width: 2,
          dash: isBetter ? [] : [2, 2],
        },
      });
    }
    if (cell.incumbent !== null)
      surface.marks([at], [yAt(cell.incumbent)], 1, { mark: "ring", size, color: theme.soft });
    if (cell.trial !== null)
      surface.marks([at], [yAt(cell.trial)], 1, { mark: "circle", size, color: theme.states.complete });
    if (cell.ended)
      surface.marks([at], [box.y + 10], 1, { mark: "cross", size: 9, color: theme.states.fail });
  });
  const boxes = cells.map((_, k) => ({ x: box.x + k * width, y: box.y, width, height: box.height }));
  const hit = (item: number) => {
    const cell = cells[item]!;
    const text = (value: number | null): string => (value === null ? "no value" : formatNumber(value));
    return {
      title: `${of.slice(0, -1)} ${placeText(cell)}`,
      lines: [
        `trial ${trial}: ${cell.ended ? "ended here" : text(cell.trial)}`,
        `${incumbent === null ? "incumbent" : `trial ${incumbent}`}: ${text(cell.incumbent)}`,
      ],
      trial: incumbent,
    };
  };
  return boxPanel({ box, name, boxes, hit });
}
