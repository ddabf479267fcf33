import type { ClassBalance, SplitSummary, SplitsReport } from "../../core/splits/summary.ts";

/** The splits for people. */
export function splitsText(report: SplitsReport | null, count: number): string[] {
  if (!report && count > 1) return [`splits: ${count}, which the program makes by itself`];
  if (!report) return ["splits: one, without divisions of the data"];
  const rows =
    report.rows === null
      ? `rows up to ${report.largestRow} (how many the data has is not known)`
      : `${report.rows} rows`;
  const part = (name: keyof Omit<SplitSummary, "shared">): string =>
    range(report.splits.map((split) => split[name]));
  const hasTest = report.splits.some(({ test }) => test > 0);
  const shared = report.splits.some((split) => split.shared.length > 0);
  return [
    `splits: ${count} over ${rows}`,
    `  train ${part("train")}, validation ${part("validation")}${hasTest ? `, test ${part("test")}` : ""}`,
    `  ${shared ? "rows on two sides: see below" : "no row on two sides"}${report.unused > 0 ? `; ${report.unused} rows are in no split` : ""}`,
    `  ${report.classes ? classText(report.classes) : "classes: none found (looked for data.labels and the like), balance not checked"}`,
  ];
}

function classText({ from, shares, largestDeviation }: ClassBalance): string {
  const shown = shares.slice(0, 6).map(([label, share]) => `${label} ${percent(share)}`);
  const more = shares.length > shown.length ? `, ${shares.length - shown.length} more` : "";
  return `classes by ${from}: ${shown.join(", ")}${more}; in each validation set within ${percent(largestDeviation)} of that`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

function range(sizes: readonly number[]): string {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const size of sizes) [low, high] = [Math.min(low, size), Math.max(high, size)];
  return low === high ? `${low}` : `${low} to ${high}`;
}
