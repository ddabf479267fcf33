import { formatSpan, formatValue } from "../../core/units.ts";
import { formatTable } from "../../report/format.ts";
import type { ShortSummaryJson } from "../../report/summary/short.ts";
import type { SummaryJson } from "../../report/summary/summary.ts";
import { wrap } from "./wrap.ts";

const TOPIC_WIDTH = 9;
/** The widest text, however wide the terminal is: longer lines are hard to read. */
const WIDEST = 100;

/** The six lines of a summary, each wrapped beside its topic, with its command at the end. */
export function summaryText({ study, lines }: SummaryJson, columns = 80): string[] {
  const width = Math.min(columns, WIDEST) - TOPIC_WIDTH;
  return [
    study,
    ...lines.flatMap(({ topic, text, command }) =>
      wrap([...text.split(" "), ...(command === null ? [] : [`\`${command}\``])], width).map((line, i) =>
        `${(i === 0 ? topic : "").padEnd(TOPIC_WIDTH)}${line}`.trimEnd(),
      ),
    ),
  ];
}

/** A line for each study of a database. */
export function shortSummaryText(studies: readonly ShortSummaryJson[], columns?: number): string[] {
  const head = ["study", "state", "trials", "left", "best", "lost"];
  const rows = studies.map(({ study, state, best, front, lost }) => [
    study,
    state.state,
    `${state.finished}/${state.target}`,
    state.leftMs === null ? null : formatSpan(state.leftMs),
    best ? formatValue(best.value) : front ? `front of ${front}` : null,
    String(lost),
  ]);
  const kinds = ["text", "text", "number", "number", "number", "number"] as const;
  return formatTable(
    head.map((key, i) => ({ key, kind: kinds[i]! })),
    rows,
    columns,
  );
}
