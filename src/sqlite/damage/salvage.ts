import type { Database } from "better-sqlite3";
import { migrate, SCHEMA_VERSION } from "../migrate.ts";
import { MIGRATIONS } from "../migrations.ts";
import { missing } from "./counters.ts";
import { findDoubts } from "./doubts.ts";
import { gather } from "./gather.ts";
import { type Layout, readLayout } from "./layout.ts";
import { mend } from "./mend.ts";
import { modelDatabase } from "./model.ts";
import type { Pages } from "./pages.ts";
import { readShapes } from "./shapes.ts";
import { type HurtStudy, mendStudies } from "./studies.ts";
import { coveredTables, renewChecksums, setAside } from "./unfit.ts";

/** How many rows of a table were saved, and how many were seen, or are missed, and could not be. */
export interface Salvaged {
  readonly table: string;
  readonly saved: number;
  readonly lost: number;
  /** Saved rows of which a text that can be done without is gone. */
  readonly emptied: number;
}

/** The result of a salvage. */
export interface Salvage {
  readonly tables: readonly Salvaged[];
  /** Studies of which not even their own row could be saved whole. */
  readonly hurt: readonly HurtStudy[];
  /** Rows that do not fit their checksums, and trials of which two places tell different things. */
  readonly doubts: readonly string[];
}

/** Copies every row that can still be read from damaged pages into an empty database, and makes it consistent. */
export function salvage(pages: Pages, fresh: Database, file: string, takeover: boolean): Salvage {
  fresh.pragma("foreign_keys = OFF"); // Rows come in the order of their pages.
  const { version, layout } = survey(pages);
  migrate(fresh, file, MIGRATIONS.slice(0, version));
  const shapes = readShapes(fresh);
  const standIns = new Map<number, readonly string[]>();
  const copy = fresh.transaction((): Salvage => {
    const { tables: found, unfit } = gather(pages, layout, fresh, shapes, (id, columns) =>
      standIns.set(id, columns),
    );
    const doubts = findDoubts(pages, layout, fresh);
    const covered = coveredTables(fresh, shapes);
    const aside = setAside(fresh, unfit, Date.now());
    const { hurt, dropped } = mendStudies(fresh, standIns, aside.studies);
    const orphans = mend(fresh, Date.now());
    renewChecksums(fresh, shapes, covered);
    const missed = countMissed(fresh);
    const tables = [...found].map(([table, { saved, lost, emptied }]): Salvaged => {
      const gone =
        (orphans.get(table) ?? 0) + (table === "trials" ? dropped : (aside.dropped.get(table) ?? 0));
      const known = Math.max(lost + gone, table === "trials" ? missed : 0);
      const whole = hurt.filter((study) => study.lost.includes("name")).length;
      return { table, saved: saved - gone, lost: known + (table === "studies" ? whole : 0), emptied };
    });
    return { tables, hurt, doubts: [...aside.lines, ...doubts] };
  });
  const result = copy.immediate();
  migrate(fresh, file, MIGRATIONS, { takeover });
  return result;
}

/** The schema that the file has, and where its tables lie. */
function survey(pages: Pages): { version: number; layout: Layout } {
  const said = pages.read(1)?.readUInt32BE(60) ?? 0;
  for (const version of said > 0 && said < SCHEMA_VERSION ? [said, SCHEMA_VERSION] : [SCHEMA_VERSION]) {
    const model = modelDatabase(version);
    const roots = model
      .prepare("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0")
      .raw()
      .all() as (readonly [string, number])[];
    const usual = new Map(roots);
    const layout = readLayout(pages, usual);
    // A version that lacks tables which the file has is a damaged number.
    if (version === SCHEMA_VERSION || [...layout.named].every((name) => usual.has(name)))
      return { version, layout };
  }
  throw new Error("unreachable: the last version is always taken");
}

function countMissed(db: Database): number {
  const ids = db.prepare("SELECT id FROM studies").pluck().all() as number[];
  return ids.reduce((sum, id) => sum + missing(db, id).numbers.length, 0);
}
