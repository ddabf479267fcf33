import { formatSpan } from "../../core/units.ts";
import type { KillsJson } from "../../report/kills.ts";

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;

/** What was lost, why and where, and what to type. */
export function killsLines({
  study,
  trials,
  lost,
  timeMs,
  timeLostMs,
  reasons,
  ...more
}: KillsJson): string[] {
  if (lost === 0) return [`${study}: none of ${trials} finished trials was lost`];
  const ofTime = timeMs > 0 ? timeLostMs / timeMs : 0;
  return [
    `${study}: ${percent(lost / trials)} lost: ${lost} of ${trials} trials, ${formatSpan(timeLostMs)} of ${formatSpan(timeMs)} (${percent(ofTime)})`,
    ...reasons.flatMap(({ reason, count, share, timeLostMs: own, rules }) => [
      `${reason}: ${count} (${percent(share)}), ${formatSpan(own)}`,
      ...rules.map(
        (rule) =>
          `  ${rule.text}; ${rule.trials} trials there, ${rule.lift.toFixed(1)} times as often as overall, p ${rule.p < 0.0001 ? "< 0.0001" : `= ${rule.p.toPrecision(1)}`}`,
      ),
      ...(rules.length === 0 ? ["  no pattern beyond chance"] : []),
    ]),
    ...more.repeatOffenders.map(({ text }) => text),
    ...more.advice.map(({ text, savesMs }) => `-> ${text} (${formatSpan(savesMs)} were lost to it)`),
  ];
}
