import { quantileOfSorted } from "../../../../core/numeric/quantile.ts";
import { emptyPicture, type Picture } from "../drawing/picture.ts";
import { drawSeries, type Series } from "../drawing/series.ts";
import { bestShown, type Objective, type Trials } from "../drawing/trials.ts";
import { formatCount, formatNumber } from "../surface/format.ts";
import type { Theme } from "../surface/theme.ts";

/** What curves over splits show. */
export interface SplitsInput {
  readonly trials: Trials;
  readonly objective: Objective;
  /** The first value of each trial in each split; NaN where it has none. */
  readonly splits: readonly ArrayLike<number>[];
  /** The number of a trial whose curve is drawn as well; null: none. */
  readonly trial: number | null;
}

/** So many values tell well enough where the middle ones lie. */
const SAMPLE = 8_192;
/** As many of the newest trials are drawn as thin lines. */
const THIN = 25;

/** The values in each split: of most trials, of the best one and of one that was chosen. */
export function splitsPicture({ trials, objective, splits, trial }: SplitsInput): Picture {
  const title = "Values by split";
  if (splits.length < 2) return emptyPicture(title, "This study has one split.");
  const xs = splits.map((_, k) => k);
  const spreads = splits.map((cells) => spreadOf(cells, trials.visible));
  if (spreads.every(({ count }) => count === 0))
    return emptyPicture(title, "None of the trials that are shown has finished a split.");
  const best = bestShown(trials, objective);
  const chosen = trial === null ? -1 : trials.numbers.indexOf(trial);
  const line = (row: number): number[] => splits.map((cells) => cells[row] ?? Number.NaN);
  const series: Series[] = [
    {
      ...{
        label: "half of the trials",
        xs,
        ys: spreads.map(({ high }) => high),
        lows: spreads.map(({ low }) => low),
      },
      ...{ color: (theme: Theme) => theme.states.complete, width: 0.5 },
    },
    ...newest(trials, splits).map((row) => ({
      ...{ label: "", xs, ys: line(row), isSilent: true, width: 0.8, alpha: 0.35 },
      color: (theme: Theme) => theme.soft,
    })),
    {
      ...{ label: "median", xs, ys: spreads.map(({ median }) => median), dash: [6, 3], width: 2 },
      color: (theme) => theme.states.complete,
    },
    ...(best < 0
      ? []
      : [
          {
            label: `best, trial ${trials.numbers[best]}`,
            xs,
            ys: line(best),
            width: 2.5,
            color: (theme: Theme) => theme.best,
          },
        ]),
    ...(chosen < 0
      ? []
      : [
          {
            label: `trial ${trial}`,
            xs,
            ys: line(chosen),
            width: 2.5,
            dash: [2, 2],
            color: (theme: Theme) => theme.series[2]!,
          },
        ]),
  ];
  const hardest = hardestOf(
    spreads.map(({ median }) => median),
    objective,
  );
  return {
    title,
    summary: `${formatCount(spreads[0]!.count, "trial")} with a first split, ${spreads.at(-1)!.count} with the last; ${hardest}.`,
    legend: [
      ...series
        .filter(({ isSilent }) => !isSilent)
        .map(({ label, color, dash = [] }) => ({ label, color, dash })),
      { label: `the newest ${THIN}`, color: (theme) => theme.soft },
    ],
    height: (width) => Math.round(Math.min(380, Math.max(220, width * 0.4))),
    draw: (surface, box, theme) =>
      drawSeries(surface, box, theme, {
        panels: [{ name: objective.name === "value" ? "value" : "values.0", format: formatNumber, series }],
        ...{
          kind: "linear",
          xLabel: "split",
          formatX: (value) => (Number.isInteger(value) ? `split ${value}` : ""),
          range: null,
        },
      }),
    table: () => ({
      columns: ["split", "trials", "lower quarter", "median", "upper quarter", ...(best < 0 ? [] : ["best"])],
      rows: spreads.map(({ count, low, median, high }, k) => [
        ...[k, count, low, median, high].map((value) => (Number.isNaN(value) ? null : value)),
        ...(best < 0 ? [] : [splits[k]![best]!]),
      ]),
      note: null,
    }),
  };
}

function spreadOf(cells: ArrayLike<number>, visible: Uint8Array | null) {
  const every = Math.max(1, Math.floor(cells.length / SAMPLE));
  const sample = new Float64Array(cells.length);
  let [count, taken] = [0, 0];
  for (let row = 0; row < cells.length; row++) {
    const value = cells[row]!;
    if (value - value !== 0 || (visible !== null && visible[row] !== 1)) continue;
    if (count++ % every === 0) sample[taken++] = value;
  }
  const sorted = sample.subarray(0, taken).sort();
  const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantileOfSorted(sorted, q));
  return { count, low: low!, median: median!, high: high! };
}

/** The newest trials that are shown and have all splits. */
function newest({ visible, numbers }: Trials, splits: SplitsInput["splits"]): number[] {
  const rows: number[] = [];
  for (let row = numbers.length - 1; row >= 0 && rows.length < THIN; row--)
    if ((visible === null || visible[row] === 1) && !Number.isNaN(splits.at(-1)![row] ?? Number.NaN))
      rows.push(row);
  return rows;
}

function hardestOf(medians: readonly number[], { direction }: Objective): string {
  const known = medians.map((value, split) => ({ value, split })).filter(({ value }) => !Number.isNaN(value));
  known.sort((a, b) => (direction === "minimize" ? b.value - a.value : a.value - b.value));
  const [worst] = known;
  return worst
    ? `the worst median is that of split ${worst.split}, ${formatNumber(worst.value)}`
    : "no medians";
}
