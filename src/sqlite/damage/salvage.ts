import type { Database } from "better-sqlite3";
import { migrate, SCHEMA_VERSION } from "../migrate.ts";
import { MIGRATIONS } from "../migrations.ts";
import { coveredTables, quarantine, renewChecksums } from "./checksum-mismatches.ts";
import { findDoubts } from "./doubts.ts";
import { findMissing } from "./gaps.ts";
import { gather } from "./gather.ts";
import { type Layout, readLayout } from "./layout.ts";
import { mend } from "./mend.ts";
import { modelDatabase } from "./model.ts";
import type { Pages } from "./pages.ts";
import { readShapes } from "./shapes.ts";
import { type DamagedStudy, mendStudies } from "./studies.ts";

/** How many rows of a table were saved, and how many are known to exist but could not be. */
export interface Salvaged {
  readonly table: string;
  readonly saved: number;
  readonly lost: number;
  /** Saved rows of which a damaged but dispensable column was cleared. */
  readonly cleared: number;
}

/** The result of a salvage. */
export interface Salvage {
  readonly tables: readonly Salvaged[];
  /** Studies whose own row could not be saved completely or does not fit its checksum. */
  readonly damagedStudies: readonly DamagedStudy[];
  /** Rows that do not fit their checksums, and trials about which the table and an index disagree; lines of text. */
  readonly doubts: readonly string[];
}

/** Copies every row that can still be read from damaged pages into an empty database, and makes it consistent. */
export function salvage(pages: Pages, fresh: Database, file: string, takeover: boolean): Salvage {
  fresh.pragma("foreign_keys = OFF"); // rows are inserted in the order of their pages
  const { version, layout } = survey(pages);
  migrate(fresh, file, MIGRATIONS.slice(0, version));
  const shapes = readShapes(fresh);
  const placeholders = new Map<number, readonly string[]>();
  const copy = fresh.transaction((): Salvage => {
    const { tables: found, mismatches } = gather(pages, layout, fresh, shapes, (id, columns) =>
      placeholders.set(id, columns),
    );
    const doubts = findDoubts(pages, layout, fresh);
    const covered = coveredTables(fresh, shapes);
    const quarantined = quarantine(fresh, mismatches, Date.now());
    const { damagedStudies, dropped } = mendStudies(fresh, placeholders, quarantined.studies);
    const orphans = mend(fresh, Date.now());
    renewChecksums(fresh, shapes, covered);
    const missed = countMissed(fresh);
    const tables = [...found].map(([table, { saved, lost, cleared }]): Salvaged => {
      const gone =
        (orphans.get(table) ?? 0) + (table === "trials" ? dropped : (quarantined.dropped.get(table) ?? 0));
      const known = Math.max(lost + gone, table === "trials" ? missed : 0);
      const whole = damagedStudies.filter((study) => study.lost.includes("name")).length;
      return { table, saved: saved - gone, lost: known + (table === "studies" ? whole : 0), cleared };
    });
    return { tables, damagedStudies, doubts: [...quarantined.lines, ...doubts] };
  });
  const result = copy.immediate();
  migrate(fresh, file, MIGRATIONS, { takeover });
  return result;
}

/** Finds out which schema version a damaged file has, and where its tables lie. */
function survey(pages: Pages): { version: number; layout: Layout } {
  const stored = pages.read(1)?.readUInt32BE(60) ?? 0;
  for (const version of stored > 0 && stored < SCHEMA_VERSION ? [stored, SCHEMA_VERSION] : [SCHEMA_VERSION]) {
    const model = modelDatabase(version);
    const roots = model
      .prepare("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0")
      .raw()
      .all() as (readonly [string, number])[];
    const usual = new Map(roots);
    const layout = readLayout(pages, usual);
    // If the file has tables that the stored version lacks, the stored number is damaged.
    if (version === SCHEMA_VERSION || [...layout.named].every((name) => usual.has(name)))
      return { version, layout };
  }
  throw new Error("unreachable: the last version is always taken");
}

function countMissed(db: Database): number {
  const ids = db.prepare("SELECT id FROM studies").pluck().all() as number[];
  return ids.reduce((sum, id) => sum + findMissing(db, id).numbers.length, 0);
}
