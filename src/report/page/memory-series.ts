import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import type { ColumnHead } from "./page.ts";
import { newSeries } from "./series.ts";

const numbers = (...names: readonly string[]): ColumnHead[] => names.map((name) => ({ name, type: "f8" }));

/** The memory of each slot over time, a row for each half minute, as a frame. */
export async function slotSeries(
  reader: Reader,
  study: StudyRow,
  sinceMs: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const series = newSeries([
    ...numbers("atMs"),
    { name: "slot", type: "i4" },
    ...numbers("minBytes", "maxBytes", "limitBytes"),
    { name: "trial", type: "i4" },
  ]);
  for await (const page of reader.slotMemory(study.id, sinceMs))
    for (const { atMs, slot, minBytes, maxBytes, limitBytes, trial } of page)
      series.push(atMs, slot, minBytes, maxBytes, limitBytes, trial);
  return series.frame(0);
}

/** The load of the machine over time, a row for each time that the scheduler recorded it, as a frame. */
export async function machineSeries(
  reader: Reader,
  study: StudyRow,
  sinceMs: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const series = newSeries(
    numbers(
      ...["atMs", "availableBytes", "totalBytes", "hostsBytes", "budgetBytes", "claimedBytes"],
      ...["cpu", "cpuOthers", "lostMs", "waiting", "slotsBusy", "trialsPerMinute"],
    ),
  );
  for await (const page of reader.metricsSince(study.id, sinceMs))
    for (const row of page)
      series.push(
        ...[row.atMs, row.memoryAvailable, row.memoryTotal, row.hostsBytes, row.budgetBytes],
        ...[row.claimedBytes, row.cpu, row.cpuOthers, row.lostMs, row.waiting],
        ...[row.slotsBusy, row.trialsPerMinute],
      );
  return series.frame(0);
}
