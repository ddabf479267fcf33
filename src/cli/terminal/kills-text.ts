import { formatSpan } from "../../core/units.ts";
import type { KillsJson } from "../../report/kills/kills.ts";
import { wrapped } from "./wrap.ts";

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;

/**
 * What was lost, why and where, and what to type. Lines have at most 80 characters, but for commands, which stay whole.
 */
export function killsLines({
  study,
  trials,
  lost,
  timeMs,
  timeLostMs,
  reasons,
  ...more
}: KillsJson): string[] {
  if (lost === 0) return wrapped(`${study}: none of ${trials} finished trials was lost`, "  ");
  const ofTime = timeMs > 0 ? timeLostMs / timeMs : 0;
  return [
    ...wrapped(
      `${study}: ${percent(lost / trials)} lost: ${lost} of ${trials} trials, ${formatSpan(timeLostMs)} of ${formatSpan(timeMs)} (${percent(ofTime)})`,
      "  ",
    ),
    ...reasons.flatMap(({ reason, count, share, timeLostMs: own, rules }) => [
      `${reason}: ${count} (${percent(share)}), ${formatSpan(own)}`,
      ...rules.flatMap((rule) =>
        wrapped(
          `  ${rule.text}; ${rule.trials} trials there, ${rule.lift.toFixed(1)} times as often as overall, ${chance(rule.p)}`,
          "    ",
        ),
      ),
      ...(rules.length === 0 ? ["  no pattern beyond chance"] : []),
    ]),
    ...more.repeatOffenders.flatMap(({ text, p }) => wrapped(`${text}; ${chance(p)}`, "  ")),
    ...more.advice.flatMap(({ text, savesMs }) =>
      wrapped(`-> ${text} (would have saved ${formatSpan(savesMs)})`, "   "),
    ),
  ];
}

const chance = (p: number): string => `p ${p < 0.0001 ? "< 0.0001" : `= ${p.toPrecision(1)}`}`;
