import type { Levels, Thresholds } from "../scheduler/concurrency.ts";
import type { SchedulerOptions } from "../scheduler/options.ts";
import type { StudyRow } from "../store/records.ts";
import type { ReadyStudy } from "./prepare.ts";
import { withReader } from "./storage/databases.ts";

/** The options of a run's scheduler: the settings, the machine, and what earlier runs have observed. */
export async function schedulerOptions(
  prepared: ReadyStudy,
  study: StudyRow,
  db: string,
): Promise<SchedulerOptions> {
  const { settings, machine } = prepared;
  return {
    workers: settings.workers,
    machine,
    // Inside the coordinator's process a trial has no memory of its own that could be predicted.
    admission: settings.admission && settings.isolation === "process",
    breaker: settings.breaker ? {} : null,
    autoSplitTimeout: settings.splitTimeoutMs === "auto",
    thresholds: thresholdsOf(settings),
    settings: study.settings,
    limits: study.limits,
    past: await withReader(db, (reader) => reader.observations(study)),
  };
}

function thresholdsOf({ cpuThresholds, memoryThresholds }: ReadyStudy["settings"]): Thresholds {
  return { cpu: levelsOf(cpuThresholds), memory: levelsOf(memoryThresholds) };
}

/** Thresholds in percent, high first, as shares from 0 to 1. */
function levelsOf([high = 1, medium = 1, low = 1]: readonly number[]): Levels {
  return { high: high / 100, medium: medium / 100, low: low / 100 };
}
