import { formatSize, formatSpan, formatValue } from "../../core/units.ts";
import type { CheckReport } from "../../launch/check/report.ts";
import { splitsText } from "./splits-text.ts";

/** A check for people. */
export function checkText(report: CheckReport): string {
  const { study, space, directions, backend, setup, drySplit: dry, estimate } = report;
  const bytes = (value: number | null): string => (value === null ? "unknown memory" : formatSize(value));
  const width = Math.max(...space.params.map(({ name }) => name.length));
  const ran =
    dry.durationMs === null || dry.values === null
      ? "did not finish"
      : `${dry.values.map(formatValue).join(", ")} in ${formatSpan(dry.durationMs)}, at most ${bytes(dry.peakBytes)}`;
  const lines = [
    `${study}: ${directions.join(", ")}${backend ? `, backend ${backend}` : ""}`,
    "",
    `space: ${space.params.length} params, ${space.points === null ? "continuous" : pointsText(space.points)}`,
    ...space.params.map(({ name, values, when }) => {
      const condition = when.length > 0 ? `  when ${when.join(" and ")}` : "";
      return `  ${name.padEnd(width)}  ${values}${condition}`;
    }),
    "",
    ...splitsText(report.splits, report.splitCount),
    "",
    `setup: import, data and splits in ${formatSpan(setup.durationMs)}, ${bytes(setup.rssBytes)}`,
    `one split: ${ran}`,
    `  with ${JSON.stringify(dry.params)}`,
    ...(estimate ? [`study: ${estimateText(estimate)}`] : []),
    "",
    ...report.notes.map((note) => `note: ${note}`),
    ...report.problems.map((problem) => `problem: ${problem}`),
    ...(report.ok ? ["no problems found"] : []),
  ];
  return lines.join("\n");
}

/** The number of points; a count that a JavaScript number cannot hold exactly is given in two digits. */
function pointsText(points: number): string {
  return Number.isSafeInteger(points) ? `${points} points` : `about ${points.toExponential(1)} points`;
}

function estimateText({
  trials,
  workers,
  trialMs,
  totalMs,
  memoryBytes,
}: NonNullable<CheckReport["estimate"]>): string {
  const hold = memoryBytes === null ? "" : ` and ${formatSize(memoryBytes)}`;
  const by = workers === 1 ? "1 worker" : `${workers} workers`;
  return `${trials} trials on ${by} take about ${formatSpan(totalMs)}${hold}, if every split costs as much (${formatSpan(trialMs)} a trial)`;
}
