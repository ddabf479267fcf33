import { unparkedOf } from "../../core/search/unparked.ts";
import { isGuard } from "../../core/trial.ts";
import { formatSize, formatSpan, formatValue } from "../../core/units.ts";
import { endText, estimateText, recordedOutcome, unparkedText } from "../../launch/outcome-text.ts";
import type { TrialDetailJson } from "../../report/show.ts";
import { stripLines } from "./strip-text.ts";

/** `show <study> <number>` for people. */
export function trialText(trial: TrialDetailJson): string {
  const { memory, error } = trial;
  const unparked = unparkedOf(trial.detail);
  const bytes = (value: number | null): string => (value === null ? "unknown" : formatSize(value));
  const value =
    trial.values.length > 0
      ? `, value ${trial.values.map((each) => formatValue(each ?? Number.NaN)).join(", ")}`
      : "";
  const lines = [
    `trial ${trial.number}: ${trial.state}${trial.reason ? ` (${trial.reason})` : ""}${value}${trial.durationMs === null ? "" : `, ${formatSpan(trial.durationMs)}`}`,
    ...(trial.waitsFor === null ? [] : [`waits for ${trial.waitsFor}`]),
    ...(trial.estimate === null ? [] : [`estimate ${estimateText(trial.detail ?? {})}; it has no value`]),
    ...(unparked ? [unparkedText(unparked)] : []),
    ...(trial.verdict ? [`${trial.verdict.pruner}: ${trial.verdict.text}`] : []),
    ...(isGuard(trial.reason) ? [endText(recordedOutcome(trial)!)] : []),
    ...(trial.strip ? stripLines(trial.number, trial.strip) : []),
    ...(trial.detail ? [`detail ${JSON.stringify(trial.detail)}`] : []),
    ...(trial.constraints.length > 0
      ? [
          `constraints ${trial.constraints.map((each) => formatValue(each ?? Number.NaN)).join(", ")}: ${trial.feasible ? "feasible" : `infeasible, violation ${formatValue(trial.violation ?? Number.NaN)}`}`,
        ]
      : []),
    ...(trial.invalid ? [invalidText(trial.invalid)] : []),
    `params ${JSON.stringify(trial.params)}`,
    ...(trial.proposer === null
      ? []
      : [`proposer ${trial.proposer}${trial.why === null ? "" : `: ${trial.why}`}`]),
    ...(memory
      ? [
          `memory: final ${bytes(memory.finalBytes)}, baseline ${bytes(memory.baselineBytes)}, peak ${bytes(memory.peakBytes)} (from the ${memory.source})`,
        ]
      : []),
    ...trial.attemptList.map(
      ({ attempt, state, cause, splits, hostPid, durationMs }) =>
        `attempt ${attempt}: ${state}${cause ? ` by ${cause}` : ""}, splits ${splits.join(", ") || "none"}, host ${hostPid ?? "-"}${durationMs === null ? "" : `, ${formatSpan(durationMs)}`}`,
    ),
    ...trial.splits.map(
      ({ split, values, durationMs, rssBytes }) =>
        `split ${split}: ${values.map((each) => formatValue(each ?? Number.NaN)).join(", ")} in ${formatSpan(durationMs)}, ${bytes(rssBytes)}`,
    ),
    ...(error ? ["", error.stack ?? `${error.name}: ${error.message}`] : []),
  ];
  return lines.join("\n");
}

function invalidText({ at, who, reason }: NonNullable<TrialDetailJson["invalid"]>): string {
  return `invalid since ${at}${who === null ? "" : ` (${who})`}${reason === null ? "" : `: ${reason}`}`;
}
