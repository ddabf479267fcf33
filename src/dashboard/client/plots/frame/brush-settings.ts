import { type AxisRange, type Brushes, brushesIn, brushesText } from "../drawing/brushes.ts";
import type { PlotSettings } from "./settings.ts";

/** The setting that holds the ranges which are chosen on axes, for all plots. */
const NAME = "parallel.brush";

/** The ranges that are chosen. */
export function brushesOf(settings: PlotSettings): Brushes {
  return brushesIn(settings.get(NAME));
}

/** Chooses ranges of axes, beside those of others. @param ranges - null: nothing is chosen on that axis any more. */
export function choose(settings: PlotSettings, ranges: Readonly<Record<string, AxisRange | null>>): void {
  const all = { ...brushesOf(settings), ...ranges };
  const kept = Object.entries(all).filter((entry): entry is [string, AxisRange] => entry[1] !== null);
  settings.set(NAME, brushesText(Object.fromEntries(kept)));
}

/** Takes back all ranges. */
export function chooseAll(settings: PlotSettings): void {
  settings.set(NAME, null);
}
