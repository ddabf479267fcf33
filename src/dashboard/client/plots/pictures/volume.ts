import { sign } from "../../../../core/search/direction.ts";
import { hypervolume } from "../../../../core/search/hypervolume.ts";
import { countAtLeastAsGood, withPoint } from "../../../../core/search/pareto.ts";
import { emptyPicture, type Picture } from "../drawing/picture.ts";
import { drawSeries } from "../drawing/series.ts";
import type { Objective, Trials } from "../drawing/trials.ts";
import { formatCount, formatNumber, formatPercent } from "../surface/format.ts";

/** How large the front's hypervolume was after so many trials. */
export interface Growth {
  readonly numbers: readonly number[];
  readonly volumes: readonly number[];
  /** How many trials are on the last front. */
  readonly front: number;
}

/** At most so many fronts are measured. */
const MOST_MEASURED = 80;
/** A front of more trials is not measured in more dimensions than these, because the time grows exponentially. */
const MANY_TRIALS = 100;
const MANY_OBJECTIVES = 4;
/** The reference point is worse than the worst value on the last front by this share of the values' range. */
const MARGIN = 0.1;

type Costs = readonly number[];

/** How the hypervolume grew over the trials that are shown; null if it would take too long, or there is no front. */
export function growthOf(
  { numbers, violations, visible }: Trials,
  objectives: readonly Objective[],
): Growth | null {
  const flips = objectives.map(({ direction }) => sign(direction));
  let front: readonly Costs[] = [];
  const fronts: { readonly number: number; readonly front: readonly Costs[] }[] = [];
  for (let row = 0; row < numbers.length; row++) {
    if ((visible !== null && visible[row] !== 1) || (violations !== null && violations[row]! > 0)) continue;
    const costs = objectives.map(({ values }, k) => values[row]! * flips[k]!);
    if (!costs.every(Number.isFinite) || countAtLeastAsGood(front, costs) > 0) continue;
    front = withPoint(front, costs);
    fronts.push({ number: numbers[row]!, front });
  }
  if (front.length === 0 || (flips.length > MANY_OBJECTIVES && front.length > MANY_TRIALS)) return null;
  const reference = flips.map((_, k) => {
    const costs = front.map((point) => point[k]!);
    const worst = Math.max(...costs);
    return worst + MARGIN * (worst - Math.min(...costs) || Math.abs(worst) || 1);
  });
  const every = Math.max(1, Math.ceil(fronts.length / MOST_MEASURED));
  const measured = fronts.filter((_, k) => k % every === 0 || k === fronts.length - 1);
  const volumes = measured.map((each) => hypervolume(each.front, reference));
  const last = numbers[numbers.length - 1]!;
  return {
    numbers: [...measured.map(({ number }) => number), last],
    volumes: [...volumes, volumes.at(-1)!],
    front: front.length,
  };
}

/** How the hypervolume of the front grew: it grows whenever a trial is found that no other beats. */
export function volumePicture(trials: Trials, objectives: readonly Objective[]): Picture {
  const title = "Growth of the hypervolume";
  const growth = growthOf(trials, objectives);
  if (!growth) return emptyPicture(title, "There is no front whose hypervolume could be measured.");
  const { numbers, volumes, front } = growth;
  const final = volumes.at(-1)!;
  const half = numbers.findIndex((number) => number > numbers.at(-1)! / 2);
  const before = volumes[Math.max(0, half - 1)]!;
  const series = [{ label: "hypervolume", xs: numbers, ys: volumes, isStepped: true, width: 2, color: best }];
  return {
    title,
    summary: `The front has ${formatCount(front, "trial")} and a hypervolume of ${formatNumber(final)}; the second half of the trials added ${final > 0 ? formatPercent(1 - before / final) : "nothing"}.`,
    legend: [{ label: "hypervolume", color: best }],
    height: (width) => Math.round(Math.min(340, Math.max(200, width * 0.35))),
    draw: (surface, box, theme) =>
      drawSeries(surface, box, theme, {
        panels: [{ name: "hypervolume", format: formatNumber, series, range: [0, 0] }],
        ...{
          kind: "linear",
          xLabel: "trial",
          formatX: (value) => (Number.isInteger(value) ? formatNumber(value) : ""),
          range: null,
        },
      }),
    table: () => ({
      columns: ["trial", "hypervolume"],
      rows: numbers.map((number, k) => [number, volumes[k]!]),
      note: "The reference point is a tenth of the front's range behind its worst values.",
    }),
  };
}

const best = (theme: { readonly best: string }): string => theme.best;
