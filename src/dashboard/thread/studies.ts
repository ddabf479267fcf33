import type { StudyColumns } from "../../report/page/columns.ts";
import { readColumns, refreshColumns } from "../../report/page/read-columns.ts";
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
  /** The trials of a study as they were last, without reading anything; null if they are not in memory. */
  known(study: StudyRow): StudyColumns | null;
  /** Forgets everything, because the database is another one. */
  clear(): void;
}

interface Entry {
  readonly columns: StudyColumns;
  /** The version of the database that they were read from. */
  dbVersion: number;
}

/** Keeps the trials of the studies that were asked for last. */
export function studyCache(): StudyCache {
  const entries = new Map<number, Entry>();
  const pending = new Map<number, Promise<StudyColumns>>();

  async function bringUpToDate(reader: Reader, study: StudyRow): Promise<StudyColumns> {
    const dbVersion = await reader.version();
    const entry = entries.get(study.id);
    if (entry && isAbout(entry.columns, study)) {
      if (entry.dbVersion === dbVersion) return entry.columns;
      if ((await refreshColumns(reader, entry.columns)) !== null) {
        entry.dbVersion = dbVersion;
        return entry.columns;
      }
    }
    const columns = await readColumns(reader, study);
    keep(study.id, { columns, dbVersion });
    return columns;
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

  return {
    async current(reader, name) {
      const study = await requireStudy(reader, name);
      let reading = pending.get(study.id);
      if (!reading) {
        reading = bringUpToDate(reader, study).finally(() => pending.delete(study.id));
        pending.set(study.id, reading);
      }
      const columns = await reading;
      const entry = entries.get(study.id);
      if (entry) keep(study.id, entry);
      return columns;
    },
    known: (study) => entries.get(study.id)?.columns ?? null,
    clear: () => entries.clear(),
  };
}

/** Whether columns are still right for a study: a resume can change its space and its splits. */
function isAbout({ study }: StudyColumns, now: StudyRow): boolean {
  return (
    study.splitCount === now.splitCount &&
    study.directions.length === now.directions.length &&
    JSON.stringify(study.space) === JSON.stringify(now.space)
  );
}
