import { finishedOf } from "../../core/trial.ts";
import { formatSize, formatSpan, formatValue } from "../../core/units.ts";
import { SETTING_OPTIONS } from "../../launch/setting-options.ts";
import { type ConditionJson, conditionText } from "../../report/conditions.ts";
import type { StudyDetailJson } from "../../report/show.ts";
import { learnsFromText } from "../../report/study.ts";
import { growthText } from "./hypervolume-text.ts";
import { loadLine } from "./load-line.ts";

/** `show <study>` for people. @param picture - Lines that show how the best value came along. */
export function studyText(study: StudyDetailJson, picture: readonly string[] = []): string {
  const { trials, target, best, front, hypervolume, hypervolumeGrowth, memory } = study;
  const finished = finishedOf(trials);
  const reasons = Object.entries(study.reasons).map(([reason, count]) => `${count} ${reason}`);
  const lines = [
    `${study.study}: ${study.state}, ${finished} of ${target} trials (${trials.complete} complete, ${trials.pruned} pruned, ${trials.fail} failed, ${trials.waiting} waiting, ${trials.running} running)`,
    ...(study.invalid > 0 ? [`invalid: ${study.invalid} of the finished trials`] : []),
    `file ${study.studyFile}`,
    `created ${study.createdAt}, ran ${formatSpan(study.activeMs)}${study.owner ? `, owned by pid ${study.owner.pid}` : ""}`,
    ...(reasons.length > 0 ? [`reasons: ${reasons.join(", ")}`] : []),
    ...(best
      ? [`best: trial ${best.number}, ${formatValue(best.value)}, ${JSON.stringify(best.params)}`]
      : []),
    ...(front ? [`Pareto front: ${front.length} trials`] : []),
    ...(hypervolume && hypervolumeGrowth?.length ? [growthText(hypervolume, hypervolumeGrowth)] : []),
    ...(trials.complete > 0 && !best && !front?.length
      ? [`best: none, all ${trials.complete} complete break their constraints`]
      : []),
    ...(memory.largestPeakBytes === null
      ? []
      : [`memory: largest peak ${formatSize(memory.largestPeakBytes)}`]),
    ...study.stop.map(({ rule, text, holds }) => `stop: ${text} (${rule}${holds ? ", which holds" : ""})`),
    ...(study.schedule && study.owner ? [`now: ${loadLine(study.schedule)}`] : []),
    "",
    ...(picture.length > 0 ? [...picture, ""] : []),
    `directions  ${study.directions.join(", ")}; ${study.splits} split${study.splits === 1 ? "" : "s"}${study.noise ? "; noisy" : ""}`,
    ...Object.entries(study.space).map(
      ([name, { values, when }]) => `  ${name}  ${values}${conditions(when)}`,
    ),
    ...(study.learnsFrom ? [`learns from ${learnsFromText(study.learnsFrom)}`] : []),
    ...(study.prunerNote === null ? [] : [study.prunerNote]),
    ...study.stopNotes,
    "",
    "setting  value  (from)",
    ...Object.entries(study.settings).map(
      ([name, { value, source }]) => `  ${optionOf(name)}  ${settingText(name, value)}  (${source})`,
    ),
  ];
  return lines.join("\n");
}

/** The name of a setting's option, as people type it. */
function optionOf(name: string): string {
  return Object.entries(SETTING_OPTIONS).find(([key]) => key === name)?.[1] ?? name;
}

function settingText(name: string, value: unknown): string {
  if (value === null) return "-";
  if (name === "stop" && Array.isArray(value)) return value.join(", ") || "none";
  if (typeof value === "number" && name.endsWith("Ms")) return formatSpan(value);
  if (typeof value === "number" && name.endsWith("Bytes")) return formatSize(value);
  return String(value);
}

function conditions(when: readonly ConditionJson[]): string {
  return when.length === 0 ? "" : `  when ${when.map(conditionText).join(" and ")}`;
}
