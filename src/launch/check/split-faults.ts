import type { SplitsReport } from "../../core/splits/summary.ts";

/** The problems of splits: rows on two sides, and rows that the data does not have. */
export function splitProblems(report: SplitsReport | null): string[] {
  if (!report) return [];
  const problems: string[] = [];
  report.splits.forEach(({ shared }, i) => {
    for (const { parts, count, example } of shared) {
      const rows = `${count} ${count === 1 ? "row" : "rows"}`;
      const [a, b] = parts;
      const where = a === b ? `${rows} twice in ${a}` : `${rows} both in ${a} and in ${b}`;
      problems.push(`splits[${i}]: expected every row once, got ${where} (such as row ${example})`);
    }
  });
  const { rows, largestRow } = report;
  if (rows !== null && largestRow >= rows)
    problems.push(`splits: expected row numbers below ${rows}, as data has rows, got ${largestRow}`);
  return problems;
}

/** The problems of splits in one line, for a launch, which goes on all the same; null: there are none. */
export function splitWarning(report: SplitsReport | null, check: string): string | null {
  const [first, ...more] = splitProblems(report);
  if (first === undefined) return null;
  const others = more.length === 0 ? "" : `, and ${more.length} problem${more.length === 1 ? "" : "s"} more`;
  return `${first}${others}: \`${check}\``;
}

/** Notes on what is often a mistake but may be intended: classes that occur in validation and not in train. */
export function splitNotes(report: SplitsReport | null): string[] {
  return (report?.classes?.untrained ?? []).map(
    ({ split, label }) => `splits[${split}]: class ${label} is in validation, and no row of it is in train`,
  );
}
