import { formatPart, formatSpan } from "../../core/units.ts";
import type { Metrics } from "../../store/records.ts";

/** The load in one line, such as `12.0 trials a minute, 3 of 4 slots busy, 1 waits (...), CPU 85 % (others 10 %), memory 6.20 of 15.90 GB`. */
export function loadLine(metrics: Metrics): string {
  const { trialsPerMinute, slotsBusy, slots, waiting, why, cpu, cpuOthers, memoryTotal, memoryAvailable } =
    metrics;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const parts = [
    `${trialsPerMinute.toFixed(1)} trials a minute`,
    `${slotsBusy} of ${slots} slot${slots === 1 ? "" : "s"} busy`,
    ...(waiting > 0 ? [`${waiting} wait${waiting === 1 ? "s" : ""} (${why?.split("\n")[0]})`] : []),
    ...(cpu === null ? [] : [`CPU ${percent(cpu)} (others ${percent(cpuOthers ?? 0)})`]),
    ...(memoryTotal === null || memoryAvailable === null
      ? []
      : [`memory ${formatPart(memoryTotal - memoryAvailable, memoryTotal)}`]),
    ...(metrics.lostMs > 0 ? [`${formatSpan(metrics.lostMs)} lost`] : []),
    ...(metrics.breaker === "closed" || metrics.breaker === "off" ? [] : [`breaker ${metrics.breaker}`]),
  ];
  return parts.join(", ");
}
