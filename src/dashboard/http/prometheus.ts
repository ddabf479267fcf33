import { Gauge, Registry } from "prom-client";
import type { StudyHealthJson } from "../../report/page/health.ts";
import type { SystemHealthJson } from "./system-health.ts";

/** The type of the text that `exposition` writes. */
export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Writes what Prometheus reads: the state of all studies and of the machine at this moment. */
export async function exposition(
  studies: readonly StudyHealthJson[],
  { system, pages }: { readonly system: SystemHealthJson; readonly pages: number },
): Promise<string> {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) => {
    const made = new Gauge({ name: `belay_${name}`, help, labelNames, registers: [registry] });
    /** A figure that is not known is left out. */
    return (labels: Readonly<Record<Label, string | number>>, value: number | null | undefined): void => {
      if (value !== null && value !== undefined) made.set(labels, value);
    };
  };
  const ofStudy = (name: string, help: string) => gauge(name, help, ["study"]);
  const trials = gauge("trials", "Trials of the study in this state.", ["study", "state"]);
  const target = ofStudy("trials_target", "How many trials the study is to have in all.");
  const best = ofStudy("best_value", "The best value of a study with one direction.");
  const up = ofStudy("study_running", "1 while a live process runs the study.");
  const ok = ofStudy("study_ok", "0 if somebody should look at the study.");
  const heartbeat = ofStudy("heartbeat_age_seconds", "Age of the last sign of life of the study's process.");
  const slots = ofStudy("slots", "How many trials may run at the same time.");
  const busy = ofStudy("slots_busy", "How many slots have a trial.");
  const waiting = ofStudy("waiting_trials", "Proposals that wait for memory.");
  const pace = ofStudy("trials_per_minute", "Trials that end in a minute.");
  const lost = ofStudy(
    "lost_seconds",
    "Time of this run spent on trials that guards, failures or kills ended.",
  );
  const attempts = ofStudy("attempts", "Attempts of this run.");
  const lag = ofStudy("ticker_lag_seconds", "How late the scheduler's last tick was.");
  const breaker = ofStudy("breaker_open", "1 while the breaker keeps trials from starting.");
  const hosts = ofStudy("hosts_bytes", "Memory that all hosts of the study hold.");
  const rss = gauge("slot_rss_bytes", "Memory that the host of a slot holds.", ["study", "slot"]);
  const limit = gauge("slot_memory_limit_bytes", "Memory that a trial in the slot may hold.", [
    "study",
    "slot",
  ]);
  for (const { study, scheduler, ...health } of studies) {
    for (const [state, count] of Object.entries(health.trials)) trials({ study, state }, count);
    target({ study }, health.target);
    best({ study }, health.best);
    up({ study }, Number(health.heartbeatAgeMs !== null));
    ok({ study }, Number(health.ok));
    heartbeat({ study }, seconds(health.heartbeatAgeMs));
    slots({ study }, scheduler?.slots);
    busy({ study }, scheduler?.slotsBusy);
    waiting({ study }, scheduler?.waiting);
    pace({ study }, scheduler?.trialsPerMinute);
    lost({ study }, seconds(scheduler?.lostMs));
    attempts({ study }, scheduler?.attempts);
    lag({ study }, seconds(scheduler?.tickerLagMs));
    breaker({ study }, scheduler && Number(scheduler.breaker === "open" || scheduler.breaker === "dead"));
    hosts({ study }, scheduler?.hostsBytes);
    for (const { slot, rssBytes, memoryLimitBytes } of health.slots) {
      rss({ study, slot }, rssBytes);
      limit({ study, slot }, memoryLimitBytes);
    }
  }
  gauge("memory_available_bytes", "Memory that the machine has left.", [])({}, system.memory.availableBytes);
  gauge("memory_total_bytes", "Memory of the machine, or of its cgroup.", [])({}, system.memory.totalBytes);
  gauge("disk_free_bytes", "Free space for the database.", [])({}, system.freeDiskBytes);
  gauge("database_bytes", "Size of the database's file.", [])({}, system.databaseBytes);
  gauge("load1", "Processes that want to run, over the last minute.", [])({}, system.load[0]);
  gauge("dashboard_pages", "Open pages.", [])({}, pages);
  return registry.metrics();
}

function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / 1_000;
}
