// Repairs a damaged database and compares the saved rows with the original ones.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { currentIdentity } from "../../src/machine/identity.ts";
import type { Row } from "../../src/sqlite/damage/shapes.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { type Repaired, repairDatabase } from "../../src/sqlite/repair.ts";
import { brokenPromises } from "../../test/scenarios/chaos/invariants.ts";
import { type Case, checkLine } from "./case.ts";
import { keyOf, rowsOf, type Truth } from "./truth.ts";

/** Columns that a repair may change, because they depend on rows that are lost. */
const MENDED: Readonly<Record<string, readonly string[]>> = {
  studies: ["state", "ended_at", "active_ms", "checksum"],
  trials: ["told", "attempts", "state", "checksum"],
  attempts: [
    ...["epoch", "state", "reason", "cause", "ended_at", "duration_ms", "detail", "slot", "host_pid"],
    "checksum",
  ],
  owners: ["released_at", "heartbeat_at"],
};

/** The rows of each table, by their keys. */
type Saved = ReadonlyMap<string, ReadonlyMap<string, Row>>;

export async function judgeRepair(damaged: Case): Promise<void> {
  const { truth, file, tally, fail } = damaged;
  const began = performance.now();
  let done: Repaired;
  try {
    done = await repairDatabase(file, currentIdentity());
  } catch (error) {
    tally.refused++;
    return checkLine(damaged, "repair", error);
  } finally {
    tally.longestMs = Math.max(tally.longestMs, performance.now() - began);
  }
  const left = readdirSync(dirname(file)).filter((name) => name.includes("repairing"));
  if (left.length > 0) fail(`repair: left ${left}`);
  const isIntact = done.damage.length === 0;
  const isHopeless = !isIntact && done.kept === null;
  tally[isIntact ? "intact" : isHopeless ? "hopeless" : "replaced"]++;
  if (!isIntact) checkKept(damaged, done);
  const found = isHopeless ? null : openDatabase(file, { readonly: true });
  for (const line of found ? brokenPromises(found, { ended: false, target: null, isRepaired: true }) : [])
    if (isIntact || !/^(each number once, without gaps|a complete trial has all)/.test(line))
      fail(`repair: ${line}`);
  const saved = readSaved(truth, (table) => (found?.prepare(`SELECT * FROM ${table}`).all() ?? []) as Row[]);
  compareRows(damaged, done, saved);
  if (isIntact && hasLost(truth, saved)) tally.shortened.push(damaged.what);
  countStudies(damaged, done, saved);
  found?.close();
  if (!found) return;
  const again = await repairDatabase(file, currentIdentity()).catch((error: unknown) => ({
    damage: [error instanceof Error ? error.stack : error],
  }));
  if (again.damage.length > 0) fail(`repair: a second one says ${again.damage[0]}`);
}

/** Checks that the damaged files still exist, byte for byte: under another name, or in place. */
function checkKept({ file, files, fail }: Case, { kept }: Repaired): void {
  for (const [suffix, bytes] of [
    ["", files.main],
    ["-wal", files.log],
  ] as const) {
    const path = (kept ?? file) + suffix;
    if (bytes === null) continue;
    if (!existsSync(path)) fail(`repair: ${suffix || "the file"} was not kept`);
    else if (!bytes.equals(readFileSync(path)))
      fail(`repair: the kept ${suffix || "file"} is not what it was`);
  }
}

function readSaved({ tables }: Truth, read: (table: string) => readonly Row[]): Saved {
  return new Map(
    [...tables].map(([table, shape]) => [table, new Map(read(table).map((row) => [keyOf(shape, row), row]))]),
  );
}

function compareRows(damaged: Case, done: Repaired, saved: Saved): void {
  const { truth, isWhole, tally } = damaged;
  const wholeTrials = wholeIds(damaged, "trials");
  const wholeStudies = wholeIds(damaged, "studies");
  for (const [table, { rows }] of truth.tables) {
    const after = saved.get(table)!;
    for (const [key, { row, places }] of rows) {
      const other = after.get(key);
      const isUntouched = isWhole(places);
      const changes = other ? changesOf(table, row, other) : "";
      if (changes !== "") judgeWrong(damaged, done, `${table} ${key}: ${changes}`, isUntouched);
      if (!isUntouched) continue;
      tally.rows++;
      if (other) tally.rowsSaved++;
      const hasParents =
        (row.trial_id == null || wholeTrials.has(row.trial_id)) &&
        (row.study_id == null || wholeStudies.has(row.study_id));
      if (!hasParents) continue;
      tally.rowsWithParents++;
      if (other) tally.rowsWithParentsSaved++;
    }
    for (const [key, row] of after)
      if (!rows.has(key) && !isAddition(table, row, done))
        judgeWrong(damaged, done, `${table} ${key} from nowhere`, false);
  }
}

function wholeIds({ truth, isWhole }: Case, table: string): ReadonlySet<unknown> {
  const whole = rowsOf(truth, table).filter(({ places }) => isWhole(places));
  return new Set(whole.map(({ row }) => row.id));
}

/** The columns that differ, with both values. */
function changesOf(table: string, before: Row, after: Row): string {
  const ignored = MENDED[table] ?? [];
  return Object.keys(before)
    .filter((column) => !ignored.includes(column) && before[column] !== after[column])
    .map((column) => `${column} ${String(before[column])} -> ${String(after[column])}`.slice(0, 200))
    .join(", ");
}

/** Whether a row was added by the repair, or by the settling of dead runs. */
function isAddition(table: string, row: Row, { damage }: Repaired): boolean {
  if (table === "events") return ["repair", "claim", "interrupt", "release"].includes(String(row.kind));
  return table === "owners" || (damage.length > 0 && ["attempts", "memory_log"].includes(table));
}

function judgeWrong({ tally, fail }: Case, { damage }: Repaired, what: string, isUntouched: boolean): void {
  if (damage.length > 0) tally.rowsWrongAndReported++;
  else if (isUntouched) fail(`repair: "intact", and ${what} is wrong`);
  else {
    tally.unseenRepairs++;
    tally.unseen.push(what);
  }
}

/** Whether rows are gone without a trace, which happens if the log was cut between two transactions. */
function hasLost({ tables }: Truth, saved: Saved): boolean {
  return [...tables].some(([table, { rows }]) => [...rows.keys()].some((key) => !saved.get(table)!.has(key)));
}

function countStudies({ truth, isWhole, tally }: Case, { damagedStudies }: Repaired, saved: Saved): void {
  const studies = rowsOf(truth, "studies");
  if (!studies.every(({ places }) => isWhole(places))) return;
  tally.studyCases++;
  const names = new Set([...saved.get("studies")!.values()].map(({ name }) => name));
  if (studies.every(({ row }) => names.has(row.name!)) && damagedStudies.length === 0)
    tally.studyCasesSaved++;
}
