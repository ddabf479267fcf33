import { type Direction, sign } from "../../../../core/search/direction.ts";
import { emptyPicture, type Picture } from "../drawing/picture.ts";
import { drawSeries, type Series } from "../drawing/series.ts";
import { formatCount, formatNumber, formatTime } from "../surface/format.ts";
import { DASHES, type Theme } from "../surface/theme.ts";
import { edfPicture, sortedOf } from "./edf.ts";

/** The trials of one of several studies that are compared. Each column has as many cells; NaN where one has none. */
export interface ComparedTrials {
  readonly study: string;
  readonly direction: Direction;
  readonly values: ArrayLike<number>;
  readonly violations: ArrayLike<number>;
  readonly finishedAtMs: ArrayLike<number>;
  readonly durationMs: ArrayLike<number>;
}

/** The best value after so many trials, or so much time of trials; the last point is where the study stands. */
export interface Course {
  readonly at: readonly number[];
  readonly best: readonly number[];
}

/** How the best value of a study came along. @param by - What is counted: finished trials, or their time together. */
export function courseOf(trials: ComparedTrials, by: "trials" | "time"): Course {
  const { values, violations, finishedAtMs, durationMs, direction } = trials;
  const rows = Int32Array.from({ length: values.length }, (_, row) => row).filter(
    (row) => !Number.isNaN(finishedAtMs[row]!),
  );
  rows.sort((a, b) => finishedAtMs[a]! - finishedAtMs[b]!);
  const at: number[] = [];
  const best: number[] = [];
  let [progress, least] = [0, Number.POSITIVE_INFINITY];
  for (const row of rows) {
    progress += by === "trials" ? 1 : durationMs[row]! || 0;
    const cost = values[row]! * sign(direction);
    if (!(cost < least) || violations[row]! > 0) continue;
    least = cost;
    at.push(progress);
    best.push(values[row]!);
  }
  if (best.length > 0 && at.at(-1)! < progress) {
    at.push(progress);
    best.push(best.at(-1)!);
  }
  return { at, best };
}

/** The best values of several studies over their trials or their time. */
export function comparePicture(studies: readonly ComparedTrials[], by: "trials" | "time"): Picture {
  const title = by === "trials" ? "Best value by trials" : "Best value by time of trials";
  const [first] = studies;
  if (!first) return emptyPicture(title, "Two studies or more are needed.");
  if (studies.some(({ direction }) => direction !== first.direction))
    return emptyPicture(
      title,
      "These studies have different directions, so their values cannot be compared.",
    );
  const courses = studies.map((study) => courseOf(study, by));
  const amount = by === "trials" ? (value: number) => formatCount(Math.round(value), "trial") : formatTime;
  const ends = studies.map(({ study }, k) => {
    const { at, best } = courses[k]!;
    return best.length === 0
      ? `${study}: no value yet`
      : `${study}: ${formatNumber(best.at(-1)!)} after ${amount(at.at(-1)!)}`;
  });
  const look = (k: number) => ({
    ...{ label: studies[k]!.study, dash: DASHES[k % DASHES.length]! },
    color: (theme: Theme) => theme.series[k % theme.series.length]!,
  });
  const series = courses.map(
    ({ at, best }, k): Series => ({ ...look(k), xs: at, ys: best, isStepped: true, width: 2 }),
  );
  const format =
    by === "trials" ? (value: number) => (Number.isInteger(value) ? formatNumber(value) : "") : formatTime;
  return {
    title,
    summary: `${ends.join("; ")}.`,
    legend: studies.map((_, k) => look(k)),
    height: (width) => Math.round(Math.min(380, Math.max(220, width * 0.4))),
    draw: (surface, box, theme) =>
      drawSeries(surface, box, theme, {
        panels: [{ name: "best value so far", format: formatNumber, series }],
        ...{
          kind: "linear",
          xLabel: by === "trials" ? "finished trials" : "time of trials",
          formatX: format,
          range: null,
        },
      }),
    table: () => ({
      columns: ["study", by === "trials" ? "finished trials" : "time of trials", "best value"],
      rows: studies.flatMap(({ study }, k) =>
        courses[k]!.at.map((at, i) => [study, by === "trials" ? at : formatTime(at), courses[k]!.best[i]!]),
      ),
      note: "Each trial that was better than all before it.",
    }),
  };
}

/** The distributions of the values of several studies. */
export function compareEdfPicture(studies: readonly ComparedTrials[]): Picture {
  const title = "Distribution of values";
  const [first] = studies;
  if (!first) return emptyPicture(title, "Two studies or more are needed.");
  return edfPicture({
    ...{ title, objective: "value", direction: first.direction },
    curves: studies.map(({ study, values }) => ({ label: study, sorted: sortedOf(values, null) })),
  });
}
