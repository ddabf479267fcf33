import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lcg } from "../../scripts/fuzz/databases.ts";
import { columnsOf, type Row } from "../../scripts/fuzz/query/columns.ts";
import { drawTree, writeTree } from "../../scripts/fuzz/query/expression.ts";
import { makeStudies, STUDIES } from "../../scripts/fuzz/query/studies.ts";
import { trialFields } from "../../src/report/page/column-heads.ts";
import { newStudyColumns } from "../../src/report/page/columns.ts";
import { cellsOf } from "../../src/report/page/field-cells.ts";
import { predicateOf } from "../../src/report/page/matches.ts";
import { sortRows } from "../../src/report/page/order.ts";
import { readColumns } from "../../src/report/page/read-columns.ts";
import { queryLines } from "../../src/report/query/query.ts";
import { filterOf, selectionOf } from "../../src/report/query/selection.ts";
import { openSqliteReader } from "../../src/sqlite/reader.ts";
import type { Reader } from "../../src/store/reader.ts";
import type { StudyRow } from "../../src/store/records.ts";
import { temporaryFolder } from "../support/store.ts";
import { flat } from "./fixture.ts";

/** The columns in memory select and sort trials as the database does, for random expressions of all kinds. */

const EXPRESSIONS = 1_500;

async function studies() {
  const file = join(temporaryFolder(), "belay.db");
  await makeStudies(file);
  const reader = await openSqliteReader(file);
  onTestFinished(() => reader.close());
  const all = [];
  for (const [name, directions] of Object.entries(STUDIES)) {
    const study = (await reader.study(name))!;
    const lines = await flat(queryLines(reader, name, { format: "ndjson" }));
    const rows = lines.map((line) => JSON.parse(line) as Row);
    all.push({ study, columns: columnsOf(directions), rows, memory: await readColumns(reader, study) });
  }
  return { reader, all };
}

/** The numbers that the database selects, in its order. */
async function selected(reader: Reader, study: StudyRow, options: { where?: string; sort?: string }) {
  const rows = await flat(reader.cells(study, [{ name: "number" }], selectionOf(study, options)));
  return rows.map(([number]) => Number(number));
}

test("a filter selects in memory what it selects in the database", async () => {
  const { reader, all } = await studies();
  let inMemory = 0;
  for (let seed = 0; seed < EXPRESSIONS; seed++) {
    const random = lcg(seed + 1);
    for (let i = 0; i < 5; i++) random();
    const { study, columns, rows, memory } = all[seed % all.length]!;
    const where = writeTree({ columns, rows, random }, drawTree({ columns, rows, random }));
    const holds = predicateOf(memory, filterOf(study, { where }).filter!);
    if (!holds) continue;
    inMemory++;
    const numbers = memory.columns.get("number")!.cells.subarray(0, memory.rows);
    const found = [...numbers].filter((_, row) => holds(row));
    expect(found, `seed ${seed}: ${where}`).toEqual(await selected(reader, study, { where }));
  }
  expect(inMemory).toBeGreaterThan(EXPRESSIONS / 3);
});

test("many rows are sorted as few are", async () => {
  const { all } = await studies();
  const { study } = all[0]!;
  const memory = newStudyColumns(study);
  const fields = trialFields(study);
  const random = lcg(7);
  const drawn = [-1e300, -2.5, -1, -0, 0, 5e-324, 0.1, 1, 2, 1e17, Number.POSITIVE_INFINITY, null];
  for (let number = 0; number < 6_000; number++) {
    const cells = fields.map(({ name }) => {
      if (name === "number") return number;
      if (name === "state") return number % 3 === 0 ? "complete" : "fail";
      if (name === "reason" || name === "proposer") return null;
      return name === "params" ? null : drawn[Math.floor(random() * drawn.length)]!;
    });
    memory.write(cells, null);
  }
  for (const sort of ["estimate", "estimate:desc", "state,estimate:desc", "duration,state:desc,estimate"]) {
    const { order } = selectionOf(study, { sort });
    const rows = Uint32Array.from({ length: memory.rows }, (_, row) => row);
    const keys = order!.map(({ field, descending }) => {
      const cells = cellsOf(memory, field)!;
      return { cells, flip: descending ? -1 : 1 };
    });
    const expected = [...rows].sort((a, b) => {
      for (const { cells, flip } of keys) {
        const [x, y] = [cells(a), cells(b)];
        if (x === y || (x === 0 && y === 0)) continue;
        if (x === null || y === null) return x === null ? 1 : -1;
        return flip * (x < y ? -1 : 1);
      }
      return a - b;
    });
    const isLast = (row: number): boolean =>
      keys.some(({ cells }) => cells(row) === Number.POSITIVE_INFINITY);
    const found = [...sortRows(memory, rows, order!)!].filter((row) => !isLast(row));
    expect(found, sort).toEqual(expected.filter((row) => !isLast(row)));
  }
});

test("rows are sorted in memory as in the database", async () => {
  const { reader, all } = await studies();
  let inMemory = 0;
  for (let seed = 0; seed < 400; seed++) {
    const random = lcg(seed + 1);
    for (let i = 0; i < 5; i++) random();
    const { study, columns, memory } = all[seed % all.length]!;
    const keys = Array.from({ length: 1 + (seed % 3) }, () => {
      const { names } = columns[Math.floor(random() * columns.length)]!;
      return `${names[0]}${random() < 0.5 ? ":desc" : ""}`;
    });
    const sort = keys.join(",");
    const rows = Uint32Array.from({ length: memory.rows }, (_, row) => row);
    const sorted = sortRows(memory, rows, selectionOf(study, { sort }).order!);
    if (!sorted) continue;
    inMemory++;
    const numbers = [...sorted].map((row) => memory.columns.get("number")!.cells[row]);
    expect(numbers, sort).toEqual(await selected(reader, study, { sort }));
  }
  expect(inMemory).toBeGreaterThan(100);
});
