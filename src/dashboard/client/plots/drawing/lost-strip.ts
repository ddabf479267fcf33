import { isLost, type Reason } from "../../../../core/trial.ts";
import { type Box, type Surface, segment } from "../surface/surface.ts";
import { reasonColor, reasonMark, type Theme } from "../surface/theme.ts";
import type { Trials } from "./trials.ts";

/** Which trials of those that are shown were lost. */
export interface Lost {
  /** For which reasons. */
  readonly reasons: readonly Reason[];
  /** Whether there are so many that marks would hide one another; then bars tell their shares. */
  readonly isMany: boolean;
  /** The height in pixels that showing them takes; 0 if there are none. */
  readonly height: number;
}

const FEW = 150;
/** The width of a bar in pixels. */
const BAR = 5;

/** Finds the lost trials. */
export function lostOf({ reasons, visible }: Trials): Lost {
  const counts = new Uint32Array(256);
  for (let row = 0; row < reasons.cells.length; row++)
    if (visible === null || visible[row] === 1) counts[reasons.cells[row]! & 255]!++;
  const found = reasons.words.filter((word, k) => counts[k]! > 0 && isLost(word as Reason)) as Reason[];
  const total = found.reduce((sum, reason) => sum + counts[reasons.words.indexOf(reason)]!, 0);
  const isMany = total > FEW;
  return { reasons: found, isMany, height: total === 0 ? 0 : isMany ? 40 : 16 };
}

/**
 * Draws lost trials below a plot: each as a mark, or, if there are many, the share of trials that were lost in each part of
 * the axis as bars, one reason upon the other.
 *
 * @param xs - Where each trial lies between 0 and 1.
 */
export function drawLost(
  surface: Surface,
  box: Box,
  theme: Theme,
  { trials, xs, lost }: { readonly trials: Trials; readonly xs: Float32Array; readonly lost: Lost },
): void {
  if (lost.reasons.length === 0) return;
  if (lost.isMany) drawShares(surface, box, theme, trials, xs, lost.reasons);
  else drawMarks(surface, box, theme, trials, xs, lost.reasons);
  segment(surface, [box.x, box.y, box.x + box.width, box.y], { stroke: theme.soft, width: 0.8 });
}

function drawMarks(
  surface: Surface,
  box: Box,
  theme: Theme,
  { reasons, visible }: Trials,
  xs: Float32Array,
  lost: readonly Reason[],
): void {
  for (const reason of lost) {
    const index = reasons.words.indexOf(reason);
    const places: number[] = [];
    for (let row = 0; row < xs.length; row++) {
      if (reasons.cells[row] !== index || (visible !== null && visible[row] === 0)) continue;
      if (xs[row]! >= 0 && xs[row]! <= 1) places.push(box.x + xs[row]! * box.width);
    }
    const ys = places.map(() => box.y + box.height / 2);
    surface.marks(places, ys, places.length, {
      ...{ mark: reasonMark(reason), size: 6, color: reasonColor(theme, reason) },
    });
  }
}

function drawShares(
  surface: Surface,
  box: Box,
  theme: Theme,
  { reasons, visible }: Trials,
  xs: Float32Array,
  lost: readonly Reason[],
): void {
  const bars = Math.max(1, Math.floor(box.width / BAR));
  const kinds = lost.length + 1;
  const kindOf = new Uint8Array(256).fill(lost.length);
  lost.forEach((reason, kind) => {
    kindOf[reasons.words.indexOf(reason)] = kind;
  });
  const counts = new Uint32Array(bars * kinds);
  for (let row = 0; row < xs.length; row++) {
    const x = xs[row]!;
    if (!(x >= 0 && x <= 1) || (visible !== null && visible[row] === 0)) continue;
    counts[Math.min(bars - 1, Math.floor(x * bars)) * kinds + kindOf[reasons.cells[row]! & 255]!]!++;
  }
  const width = box.width / bars;
  const room = box.height - 4;
  for (let bar = 0; bar < bars; bar++) {
    const own = counts.subarray(bar * kinds, (bar + 1) * kinds);
    const all = own.reduce((sum, count) => sum + count, 0);
    let y = box.y + box.height;
    for (let kind = 0; kind < lost.length; kind++) {
      const height = (own[kind]! / all) * room;
      if (!(height > 0)) continue;
      y -= height;
      const each = { x: box.x + bar * width, y, width: width - 0.5, height };
      surface.rect(each, reasonColor(theme, lost[kind]!));
    }
  }
  surface.text("lost", box.x - 6, box.y + box.height / 2, {
    color: theme.soft,
    align: "end",
    size: 10,
  });
}
