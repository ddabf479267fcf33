import type { StudyHeadJson } from "../../../../report/page/page.ts";
import type { Brushes } from "../../plots/drawing/brushes.ts";
import { objectiveName } from "../../plots/drawing/trials.ts";

/** Ranges of axes in the words of `--where`; null where those cannot say them. */
export function whereOf(head: StudyHeadJson, brushes: Brushes): string | null {
  const parts: string[] = [];
  for (const [name, { low, high }] of Object.entries(brushes)) {
    const param = head.params.find((each) => each.name === name);
    const isValue = head.directions.some((_, k) => objectiveName(head.directions, k) === name);
    if (!param && !isValue) return null;
    const column = param ? `\`params.${name}\`` : name;
    if (param?.distribution.kind === "categorical") {
      const chosen = param.distribution.choices.filter((_, k) => k >= low && k <= high);
      if (!chosen.every((choice) => typeof choice === "string" && !choice.includes('"'))) return null;
      parts.push(`${column} in (${chosen.map((choice) => `"${choice}"`).join(", ")})`);
    } else parts.push(`${column} >= ${low} and ${column} <= ${high}`);
  }
  return parts.join(" and ");
}
