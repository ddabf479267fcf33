import { formatSize, formatSpan, formatValue } from "../../core/units.ts";
import type { AheadJson, ComparedStudyJson, Comparison } from "../../report/compare/compare.ts";
import { formatTable, humanCell } from "../../report/format.ts";

/** `compare` for people: a column for each study, the params that differ, and who is ahead. */
export function compareText({ studies, params, ahead }: Comparison, width?: number): string[] {
  const row = (name: string, read: (study: ComparedStudyJson) => string): string[] => [
    name,
    ...studies.map(read),
  ];
  const value = (best: number | null): string => (best === null ? "-" : formatValue(best));
  const rows = [
    row("state", ({ state }) => state),
    row("trials", ({ finished, target }) => `${finished} of ${target}`),
    row("complete", ({ complete }) => String(complete)),
    row("lost to guards and errors", ({ lost }) =>
      lost.share === null
        ? String(lost.trials)
        : `${lost.trials} (${Math.round(lost.share * 100)} % of the time)`,
    ),
    row("time of trials", ({ trialMs }) => formatSpan(trialMs)),
    ...studies[0]!.byTrials.map(({ at }, i) =>
      row(`best after ${at} trials`, ({ byTrials }) => value(byTrials[i]!.best)),
    ),
    ...studies[0]!.byTime.map(({ at }, i) =>
      row(`best after ${spanOf(at)}`, ({ byTime }) => value(byTime[i]!.best)),
    ),
    row("best", ({ best }) => (best ? `${formatValue(best.value)} (trial ${best.number})` : "-")),
    row("sampler", ({ sampler }) => sampler),
    row("pruner", ({ pruner }) => pruner),
    row("split timeout", ({ limits }) =>
      limits.splitTimeoutMs === null ? "-" : formatSpan(limits.splitTimeoutMs),
    ),
    row("trial timeout", ({ limits }) =>
      limits.trialTimeoutMs === null ? "-" : formatSpan(limits.trialTimeoutMs),
    ),
    row("memory limit", ({ limits }) => (limits.memoryBytes === null ? "-" : formatSize(limits.memoryBytes))),
  ];
  const head = ["", ...studies.map(({ study }) => study)].map((key) => ({ key, kind: "text" }) as const);
  return [
    ...formatTable(head, rows, width),
    ...(params.length > 0 ? ["", ...formatTable(paramHead(studies), paramRows(params), width)] : []),
    ...(ahead.length > 0 ? ["", ...ahead.map(aheadText)] : []),
  ];
}

const spanOf = (ms: number): string => formatSpan(ms).replace(/ 0 [sm]$/, "");

const paramHead = (studies: readonly ComparedStudyJson[]) =>
  ["param", ...studies.map(({ study }) => `best of ${study}`)].map((key) => ({ key, kind: "text" }) as const);

/** The value of each param in the best trials, with its range where the ranges differ. */
function paramRows(params: Comparison["params"]): string[][] {
  return params.map(({ name, ranges, best }) => {
    const haveSameRange = ranges.every((range) => range === ranges[0]);
    const cells = best.map((value, i) => {
      const text = humanCell(value, "number");
      return haveSameRange ? text : `${text} in ${ranges[i] ?? "no such param"}`;
    });
    return [name, ...cells];
  });
}

/** Who is ahead, and whether that is more than noise, in a sentence. */
export function aheadText({ study, than, sharesSplits, splits, better, low, high }: AheadJson): string {
  if (better === 0 && low === null) return `${study} and ${than} have equally good best trials`;
  const [first, second, flip] = better >= 0 ? [study, than, 1] : [than, study, -1];
  const amount = formatValue(Math.abs(better));
  if (low === null || high === null) {
    const why = sharesSplits ? "one common split does not tell" : "without common splits it is not known";
    return `the best of ${first} is better than that of ${second} by ${amount}; ${why} whether that is noise`;
  }
  const bounds = [low * flip, high * flip].sort((a, b) => a - b).map(formatValue);
  const interval = `[${bounds.join(", ")}] with 95 %, over ${splits} splits`;
  return low * flip > 0 && high * flip > 0
    ? `the best of ${first} is better than that of ${second} by ${amount} ${interval}`
    : `the best of ${first} is ahead of that of ${second} by ${amount} ${interval}: that may be noise`;
}
