import type { Direction } from "../../../../core/search/direction.ts";
import type { Panel, Picture } from "../drawing/picture.ts";
import { drawXAxis, drawYAxis, xRoom, yRoom } from "../surface/axes.ts";
import { formatCount, formatNumber, formatPercent } from "../surface/format.ts";
import { type Scale, scaleOver, unitOf, valueAt } from "../surface/scale.ts";
import { type Box, inset, type Surface } from "../surface/surface.ts";
import { DASHES, type Theme } from "../surface/theme.ts";

/** The values of some trials, in ascending order, each finite. */
export interface Distribution {
  readonly label: string;
  readonly sorted: Float64Array;
}

/** What a picture of distributions shows. */
export interface EdfInput {
  readonly title: string;
  readonly objective: string;
  readonly direction: Direction;
  readonly curves: readonly Distribution[];
}

/** The shares at which the table tells the value. */
const SHARES = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1];
/** The worst values beyond this share are left out of the axis. */
const SHOWN_SHARE = 0.95;

/** Which share of trials is at least as good as each value: a curve further up is better. */
export function edfPicture(input: EdfInput): Picture {
  const { title, objective, direction, curves } = input;
  const filled = curves.filter(({ sorted }) => sorted.length > 0);
  const parts = filled.map(
    ({ label, sorted }) =>
      `${label}: ${formatNumber(valueOfShare(sorted, direction, 0.5))} (${formatCount(sorted.length, "trial")})`,
  );
  return {
    title,
    summary:
      filled.length === 0
        ? `None of the trials that are shown has a ${objective}.`
        : `Half of the trials are at least as good as these: ${parts.join("; ")}.`,
    legend: curves.map(({ label }, k) => ({
      label,
      color: (theme: Theme) => theme.series[k % theme.series.length]!,
      dash: DASHES[k % DASHES.length]!,
    })),
    height: (width) => Math.round(Math.min(380, Math.max(220, width * 0.4))),
    draw: (surface, box, theme) => draw(surface, box, theme, input),
    table: () => ({
      columns: ["share of trials", ...curves.map(({ label }) => label)],
      rows: SHARES.map((share) => [
        formatPercent(share),
        ...curves.map(({ sorted }) => (sorted.length === 0 ? null : valueOfShare(sorted, direction, share))),
      ]),
      note: `Each is the ${objective} that so large a share of the trials reaches.`,
    }),
  };
}

/** The value that a share of trials reaches. */
function valueOfShare(sorted: Float64Array, direction: Direction, share: number): number {
  const place = Math.max(0, Math.ceil(share * sorted.length) - 1);
  return direction === "minimize" ? sorted[place]! : sorted[sorted.length - 1 - place]!;
}

/** The share of trials that are at least as good as a value. */
export function shareAt(sorted: Float64Array, direction: Direction, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (direction === "minimize" ? sorted[middle]! <= value : sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted.length === 0
    ? Number.NaN
    : (direction === "minimize" ? low : sorted.length - low) / sorted.length;
}

function draw(
  surface: Surface,
  outer: Box,
  theme: Theme,
  { objective, direction, curves }: EdfInput,
): Panel[] {
  const y: Scale = { ...scaleOver("linear", [0, 1], formatPercent, 0.01) };
  const x = scaleOver("linear", rangeOf(curves, direction), formatNumber, 0.02);
  const box = inset(outer, yRoom(y, outer.height, true), 8, 12, xRoom(true));
  drawYAxis(surface, box, theme, y, "share of trials");
  drawXAxis(surface, box, theme, x, objective);
  const steps = Math.max(2, Math.floor(box.width / 2));
  const xs = Float64Array.from({ length: steps + 1 }, (_, i) => box.x + (i / steps) * box.width);
  surface.clip(box, () => {
    curves.forEach(({ sorted }, k) => {
      if (sorted.length === 0) return;
      const ys = xs.map((_, i) => {
        const share = shareAt(sorted, direction, valueAt(x, i / steps));
        return box.y + (1 - unitOf(y, share)) * box.height;
      });
      surface.line(xs, ys, xs.length, {
        ...{ stroke: theme.series[k % theme.series.length]!, width: 2, dash: DASHES[k % DASHES.length]! },
      });
    });
  });
  return [cursorPanel(box, x, curves, direction, objective)];
}

function rangeOf(curves: readonly Distribution[], direction: Direction): readonly [number, number] | null {
  const filled = curves.filter(({ sorted }) => sorted.length > 0).map(({ sorted }) => sorted);
  if (filled.length === 0) return null;
  const edges = filled.map((sorted) => valueOfShare(sorted, direction, SHOWN_SHARE));
  const bests = filled.map((sorted) => valueOfShare(sorted, direction, 0));
  return [Math.min(...bests, ...edges), Math.max(...bests, ...edges)];
}

/** A panel that tells the shares at the value that is pointed at; an item is a percent of the way along the axis. */
function cursorPanel(
  box: Box,
  x: Scale,
  curves: readonly Distribution[],
  direction: Direction,
  objective: string,
): Panel {
  return {
    box,
    name: "distribution",
    find: (at) => Math.min(100, Math.max(0, Math.round(((at - box.x) / box.width) * 100))),
    step: (item, by) => Math.min(100, Math.max(0, (item < 0 ? 0 : item) + Math.max(-100, Math.min(100, by)))),
    hit: (item) => {
      const value = valueAt(x, item / 100);
      return {
        x: box.x + (item / 100) * box.width,
        y: box.y + 20,
        title: `${objective} ${formatNumber(value)}`,
        lines: curves.map(
          ({ label, sorted }) =>
            `${label}: ${formatPercent(shareAt(sorted, direction, value))} at least as good`,
        ),
        trial: null,
      };
    },
  };
}

/** The finite values of the rows that are shown, from `from` on and before `to`, in ascending order. */
export function sortedOf(
  values: ArrayLike<number>,
  visible: Uint8Array | null,
  from = 0,
  to = values.length,
): Float64Array {
  const sorted = new Float64Array(to - from);
  let count = 0;
  for (let row = from; row < to; row++) {
    const value = values[row]!;
    if (value - value === 0 && (visible === null || visible[row] === 1)) sorted[count++] = value;
  }
  return sorted.subarray(0, count).sort();
}
