import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CHECKED,
  type CheckedTable,
  checkedColumns,
  checksumOf,
  countedColumns,
  fits,
  fitsAt,
  fitsHistory,
  ofHistory,
} from "../../src/sqlite/checksum/checksum.ts";
import { rowChanger, rowInserter } from "../../src/sqlite/checksum/row-writer.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { migrate } from "../../src/sqlite/migrate.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import { DEFAULT_AGES } from "../../src/store/retention.ts";
import { DEAD, ME, unfitRows } from "../support/checksums.ts";
import { FINAL, newStudy, splitResult, temporaryFolder } from "../support/store.ts";

type Row = Record<string, string | number | null>;
const TABLES = Object.keys(CHECKED) as CheckedTable[];

/** A database without constraints on values other than their types. */
function looseDatabase() {
  const db = openDatabase(":memory:");
  migrate(db, ":memory:");
  db.pragma("foreign_keys = OFF");
  db.pragma("ignore_check_constraints = ON");
  return db;
}

const db = looseDatabase();
const writers = new Map(TABLES.map((table) => [table, rowInserter(db, table) as (row: Row) => unknown]));

/** The values that a column can have, by its declared type. */
function cellOf({ type, notnull }: { type: string; notnull: number }): fc.Arbitrary<string | number | null> {
  const cells = {
    INTEGER: fc.oneof(fc.maxSafeInteger(), fc.nat(5), fc.constantFrom(-0, 2 ** 31, -(2 ** 31), 2 ** 53)),
    REAL: fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(0, -0, 1, 5e-324, 2 ** 60, -(2 ** 53))),
    TEXT: fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string(),
      fc
        .array(fc.constantFrom("\0", "\ud800", "\udc00", "\ufffd", "\ufeff", "é", "😀", "a"))
        .map((all) => all.join("")),
    ),
  }[type]!;
  const isAny = cells as fc.Arbitrary<string | number | null>;
  // SQLite stores NaN as NULL.
  return notnull ? isAny.filter((cell) => !Number.isNaN(cell)) : fc.option(isAny, { freq: 4 });
}

function rowOf(table: CheckedTable): fc.Arbitrary<Row> {
  const columns = db.prepare("SELECT * FROM pragma_table_info(?)").all(table) as {
    name: string;
    type: string;
    notnull: number;
  }[];
  const counted = countedColumns(table);
  return fc.record(
    Object.fromEntries(
      columns.filter(({ name }) => counted.includes(name)).map((one) => [one.name, cellOf(one)]),
    ),
  );
}

test.each(TABLES)("the checksum covers every column of %s except its rowid", (table) => {
  const names = db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table) as string[];
  expect([...countedColumns(table), "checksum"].sort()).toEqual(names.filter((name) => name !== "id").sort());
});

test.each(TABLES)("a row of %s still fits after it was written and read, whatever its values", (table) => {
  fc.assert(
    fc.property(rowOf(table), (row) => {
      db.exec(`DELETE FROM ${table}`);
      writers.get(table)!(row);
      const stored = db.prepare(`SELECT * FROM ${table}`).get() as Row;
      expect(stored.checksum).not.toBeNull();
      expect(fits(table, stored)).toBe(true);
      expect(fitsHistory(table, stored)).toBe(true);
      const array = db
        .prepare(`SELECT ${checkedColumns(table, "x")} FROM ${table} x`)
        .raw()
        .get() as unknown[];
      expect(fitsAt(table, array, 0)).toBe(true);
    }),
  );
});

test.each(TABLES)("a row of %s does not fit if one of its values has changed", (table) => {
  const columns = countedColumns(table);
  fc.assert(
    fc.property(rowOf(table), rowOf(table), fc.constantFrom(...columns), (row, other, column) => {
      const changed = { ...row, checksum: checksumOf(table, row), [column]: other[column]! };
      fc.pre(!isSame(row[column]!, other[column]!));
      expect(fits(table, changed)).toBe(false);
      const isOfHistory = ofHistory(table).includes(column);
      expect(fitsHistory(table, changed)).toBe(!isOfHistory);
    }),
  );
});

/** Whether SQLite stores both values in the same way. */
function isSame(a: Row[string], b: Row[string]): boolean {
  const plain = (cell: Row[string]): unknown =>
    typeof cell === "string"
      ? cell.replace(/[\p{Surrogate}\ufffd]+/gu, "\ufffd")
      : Number.isNaN(cell) || cell === null
        ? null
        : cell + 0;
  return plain(a) === plain(b);
}

test("a column that a later schema added counts once it has a value, so older rows still fit", () => {
  const before: Row = { name: "digits", state: "finished", ended_at: 5 };
  const checksum = checksumOf("studies", before);
  expect(fits("studies", { ...before, end_detail: null, checksum })).toBe(true);
  expect(fits("studies", { ...before, end_detail: "{}", checksum })).toBe(false);
  const trial: Row = { study_id: 1, number: 4, state: "complete", params: "{}", value: 0.5 };
  const old = { ...trial, checksum: checksumOf("trials", trial) };
  expect([fits("trials", old), fitsHistory("trials", old)]).toEqual([true, true]);
  expect(fitsHistory("trials", { ...old, proposer: "gp" })).toBe(false);
  expect(fitsHistory("trials", { ...old, why: "turn of gp" })).toBe(true);
  expect(fits("trials", { ...old, why: "turn of gp" })).toBe(false);
});

test("one changed bit of a number or text is detected, and a row without a checksum is unknown", () => {
  const split: Row = { trial_id: 1, split: 2, value: 0.1, attempt: 1, duration_ms: 10, recorded_at: 1 };
  const checksum = checksumOf("splits", split);
  const double = new Float64Array([0.1]);
  const bits = new BigUint64Array(double.buffer);
  for (let bit = 0n; bit < 64n; bit++) {
    bits[0]! ^= 1n << bit;
    expect(fits("splits", { ...split, value: double[0]!, checksum })).toBe(false);
    bits[0]! ^= 1n << bit;
  }
  const study = { name: "digits" };
  for (let bit = 0; bit < 7; bit++) {
    const name = `digi${String.fromCharCode("t".charCodeAt(0) ^ (1 << bit))}s`;
    expect(fits("studies", { name, checksum: checksumOf("studies", study) })).toBe(false);
  }
  expect(fits("splits", { ...split, checksum: null })).toBe(true);
});

test("an update renews the checksum, and refuses a row that does not fit its checksum", () => {
  db.exec("DELETE FROM trials; DELETE FROM studies");
  const insert = rowInserter(db, "trials");
  const change = rowChanger(db, "trials", ["number"], ["state", "attempts"]);
  insert({ study_id: 1, number: 4, state: "waiting", params: "{}", enqueued: 0, attempts: 0, created_at: 1 });
  change([4], (before) => ({ state: "running", attempts: Number(before("attempts")) + 1 }));
  const row = db.prepare("SELECT * FROM trials").get() as Row;
  expect(row).toMatchObject({ state: "running", attempts: 1 });
  expect(fits("trials", row)).toBe(true);
  db.exec(`UPDATE trials SET params = '{"x":1}'`);
  expect(() => change([4], () => ({ state: "waiting", attempts: 1 }))).toThrow(
    "trial 4 of the study with id 1 does not fit its checksum",
  );
  expect(db.prepare("SELECT state FROM trials").pluck().get()).toBe("running");
});

test("every write to a study leaves rows that fit", async () => {
  const file = `${temporaryFolder()}/belay.db`;
  const store = openSqliteStore(file);
  const study = await store.createStudy(newStudy({ maxAttempts: 1 }), DEAD);
  await study.enqueue({ learningRate: 0.05 });
  const params = { learningRate: 0.01, optimizer: "adam" };
  const ends = [
    { state: "complete", values: [0.9, 2], constraints: [-1, 0.5] },
    { state: "pruned", reason: "pruner", detail: { value: 1.5 } },
    {
      state: "fail",
      reason: "error",
      detail: {},
      error: { name: "Error", message: "no\0", stack: "\ud800" },
    },
  ] as const;
  for (const [number, end] of ends.entries()) {
    const key = await study.startTrial({ number, params });
    await study.recordStart(key, { slot: 0, hostPid: 77, baselineBytes: 80e6 });
    await study.recordReport(key, { split: 0, step: 0.5, value: Number.NaN });
    await study.recordSplit(key, splitResult(0, 1 / 3));
    await study.recordSplit(key, splitResult(0, 1 / 3));
    await study.finish(key, end, FINAL, { durationMs: 30.5 });
  }
  const cut = await study.startTrial({ number: 3, params });
  await study.recordSplit(cut, splitResult(0, -0));
  await study.interrupt(cut, "ctrl-c", { durationMs: 10 });
  await study.startAttempt(cut.trialId);
  await study.startTrial({ number: 4, params });
  await study.update({ trials: 7, activeMs: 12.25, studyFile: "/é/\ud83d.ts" });
  await study.periodic.thin({ ...DEFAULT_AGES, memoryMs: -1 });
  await study.release("stopped", "coordinator");
  const next = await store.claim(study.id, DEAD, { takeover: true });
  await next.startTrial({ number: 5, params });
  const last = await store.claim(study.id, ME, { takeover: true });
  await last.settle();
  await last.release("finished");
  await store.close();
  expect(unfitRows(file)).toEqual([]);
});
