import type { StudyColumns } from "../../report/page/columns.ts";
import { readColumns, readSplits, refreshColumns } from "../../report/page/read-columns.ts";
import type { Series } from "../../report/page/series.ts";
import { newTimeline, readTimeline } from "../../report/page/timeline.ts";
import { requireStudy } from "../../report/study.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";

/** The trials of studies in memory may take so many bytes; those that were asked for longest ago are given up. */
const MOST_BYTES = 512 * 2 ** 20;

/** The trials of studies in memory. */
export interface StudyCache {
  /**
   * The trials of a study as they are now: read at the first call, brought up to date later.
   *
   * @throws BelayError `usage`: an unknown study.
   */
  current(reader: Reader, name: string): Promise<StudyColumns>;
  /** The same with the splits of all trials. */
  withSplits(reader: Reader, name: string): Promise<StudyColumns>;
  /** The attempts of a study as they are now, with its trials. */
  timeline(
    reader: Reader,
    name: string,
  ): Promise<{ readonly columns: StudyColumns; readonly timeline: Series }>;
  /** The trials of a study as they were last, without reading anything; null if they are not in memory. */
  known(study: StudyRow): StudyColumns | null;
  /** Forgets everything, because the database is another one. */
  clear(): void;
}

interface Entry {
  readonly columns: StudyColumns;
  /** The version of the database that they were read from. */
  dbVersion: number;
  /** The attempts, if anybody has asked for them, and what they were read from. */
  timeline: { readonly series: Series; dbVersion: number; version: number } | null;
  reading: Promise<unknown>;
  /** The splits, if anybody has asked for them. */
  splits: Promise<void> | null;
}

/** Keeps the trials of the studies that were asked for last. */
export function studyCache(): StudyCache {
  const entries = new Map<number, Entry>();
  const pending = new Map<number, Promise<Entry>>();

  async function bringUpToDate(reader: Reader, study: StudyRow): Promise<Entry> {
    const dbVersion = await reader.version();
    const entry = entries.get(study.id);
    if (entry && isAbout(entry.columns, study)) {
      if (entry.dbVersion === dbVersion) return entry;
      if ((await refreshColumns(reader, entry.columns)) !== null) {
        entry.dbVersion = dbVersion;
        return entry;
      }
    }
    const columns = await readColumns(reader, study);
    const fresh: Entry = { columns, dbVersion, timeline: null, reading: Promise.resolve(), splits: null };
    keep(study.id, fresh);
    return fresh;
  }

  /** Keeps an entry as the newest, and gives up the oldest that no longer fit. */
  function keep(id: number, entry: Entry): void {
    entries.delete(id);
    entries.set(id, entry);
    let bytes = [...entries.values()].reduce((sum, { columns }) => sum + columns.bytes, 0);
    for (const [oldest, { columns }] of entries) {
      if (bytes <= MOST_BYTES || oldest === id) break;
      entries.delete(oldest);
      bytes -= columns.bytes;
    }
  }

  async function entryOf(reader: Reader, study: StudyRow): Promise<Entry> {
    let reading = pending.get(study.id);
    if (!reading) {
      reading = bringUpToDate(reader, study).finally(() => pending.delete(study.id));
      pending.set(study.id, reading);
    }
    const entry = await reading;
    if (entries.get(study.id) === entry) keep(study.id, entry);
    return entry;
  }

  return {
    current: async (reader, name) => (await entryOf(reader, await requireStudy(reader, name))).columns,
    async withSplits(reader, name) {
      const entry = await entryOf(reader, await requireStudy(reader, name));
      entry.splits ??= readSplits(reader, entry.columns);
      entry.splits.catch(() => {
        entry.splits = null; // the next request tries again
      });
      await entry.splits;
      return entry.columns;
    },
    async timeline(reader, name) {
      const study = await requireStudy(reader, name);
      const entry = await entryOf(reader, study);
      // Readings follow one another, because they write into the same columns.
      const reading = entry.reading.catch(() => {}).then(() => refreshTimeline(reader, study, entry));
      entry.reading = reading;
      return { columns: entry.columns, timeline: await reading };
    },
    known: (study) => entries.get(study.id)?.columns ?? null,
    clear: () => entries.clear(),
  };
}

async function refreshTimeline(reader: Reader, study: StudyRow, entry: Entry): Promise<Series> {
  const { columns, dbVersion } = entry;
  entry.timeline ??= { series: newTimeline(), dbVersion: Number.NaN, version: Number.NEGATIVE_INFINITY };
  const { timeline } = entry;
  if (timeline.dbVersion === dbVersion) return timeline.series;
  const { version } = columns;
  // An attempt gets its slot after its trial has begun, so those that run are read each time.
  const from = Math.min(
    columns.lowestChange(timeline.version) ?? Number.POSITIVE_INFINITY,
    lowestRunning(columns) ?? Number.POSITIVE_INFINITY,
  );
  if (Number.isFinite(from)) await readTimeline(reader, study, { timeline: timeline.series, from });
  timeline.version = version;
  timeline.dbVersion = dbVersion;
  return timeline.series;
}

function lowestRunning({ columns, rows }: StudyColumns): number | null {
  const state = columns.get("state")!;
  const running = state.words!.indexOf("running");
  for (let row = 0; row < rows; row++)
    if (state.cells[row] === running) return columns.get("number")!.cells[row]!;
  return null;
}

/** Whether columns are still right for a study: a resume can change its space and its splits. */
function isAbout({ study }: StudyColumns, now: StudyRow): boolean {
  return (
    study.splitCount === now.splitCount &&
    study.directions.length === now.directions.length &&
    JSON.stringify(study.space) === JSON.stringify(now.space)
  );
}
