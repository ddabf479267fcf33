import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { pagesOf, rowWindow } from "../../../src/dashboard/client/state/virtual-rows.ts";
import { whereOf } from "../../../src/dashboard/client/views/trials/brush-where.ts";
import { shownColumns, tableColumns } from "../../../src/dashboard/client/views/trials/columns.ts";
import { orderedNumbers } from "../../../src/dashboard/client/views/trials/order.ts";
import { PAGE_ROWS, trialRows } from "../../../src/dashboard/client/views/trials/rows.ts";
import { nextSort, readSort, writeSort } from "../../../src/dashboard/client/views/trials/sort-keys.ts";
import type { StudyHeadJson } from "../../../src/report/page/page.ts";
import type { TrialJson } from "../../../src/report/trial.ts";

test("The rows that are drawn cover what can be seen, and are few however long the table is", () => {
  const sizes = { top: fc.nat(4_000_000), height: fc.integer({ min: 1, max: 3_000 }), rows: fc.nat(120_000) };
  fc.assert(
    fc.property(fc.record(sizes), ({ top, height, rows }) => {
      const { from, to } = rowWindow(top, height, 32, rows);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(to).toBeLessThanOrEqual(rows);
      expect(to - from).toBeLessThanOrEqual(Math.ceil(height / 32) + 17);
      for (let y = top; y < top + height; y += 32) {
        const row = Math.floor(y / 32);
        if (row < rows) expect(row >= from && row < to).toBe(true);
      }
    }),
  );
});

test("A window needs the pages that it lies in", () => {
  expect(pagesOf({ from: 95, to: 205 }, 100)).toEqual([0, 1, 2]);
  expect(pagesOf({ from: 100, to: 200 }, 100)).toEqual([1]);
  expect(pagesOf({ from: 5, to: 5 }, 100)).toEqual([]);
});

test("Clicks sort by a column, turn it round, and leave it; with Shift the others stay", () => {
  const once = nextSort([], "value", false);
  expect(writeSort(once)).toBe("value");
  const twice = nextSort(once, "value", false);
  expect(writeSort(twice)).toBe("value:desc");
  expect(nextSort(twice, "value", false)).toEqual([]);
  const both = nextSort(twice, "units", true);
  expect(writeSort(both)).toBe("value:desc,units");
  expect(writeSort(nextSort(both, "value", true))).toBe("units");
  expect(readSort("value:desc,units")).toEqual(both);
});

test("Trials of a brush are sorted as the server sorts: what is absent comes last, words by their letters", () => {
  const mask = Uint8Array.of(1, 1, 0, 1, 1);
  const numbers = Int32Array.of(10, 11, 12, 13, 14);
  const values = { cells: Float64Array.of(2, Number.NaN, 0, 1, 2), words: [] };
  expect([...orderedNumbers(mask, numbers, [{ ...values, descending: true }])]).toEqual([10, 14, 13, 11]);
  const states = { cells: Uint8Array.of(0, 1, 0, 255, 1), words: ["pruned", "complete"], descending: false };
  expect([...orderedNumbers(mask, numbers, [states])]).toEqual([11, 14, 10, 13]);
  expect([...orderedNumbers(mask, numbers, [])]).toEqual([10, 11, 13, 14]);
});

const trial = (number: number): TrialJson => ({ number }) as TrialJson;

test("Of a long table only the rows are read that are looked at, and each page once", async () => {
  const read = vi.fn(async ({ offset, limit }: { readonly offset: number; readonly limit: number }) => ({
    version: 1,
    count: 100_000,
    offset,
    trials: Array.from({ length: limit }, (_, i) => trial(offset + i)),
  }));
  const rows = trialRows(read);
  rows.look({ from: 0, to: 20 });
  await vi.waitFor(() => expect(rows.count.value).toBe(100_000));
  rows.look({ from: 50_000, to: 50_020 });
  rows.look({ from: 50_010, to: 50_030 });
  await vi.waitFor(() => expect(rows.at(50_025)?.number).toBe(50_025));
  expect(read.mock.calls.map(([{ offset }]) => offset)).toEqual([0, 50_000]);
  expect(rows.at(700)).toBeUndefined();
});

test("An answer to a question that nobody asks any more is not shown", async () => {
  const answers: ((found: readonly TrialJson[]) => void)[] = [];
  const rows = trialRows(
    () =>
      new Promise((resolve) =>
        answers.push((trials) => resolve({ version: 1, count: trials.length, offset: 0, trials })),
      ),
  );
  rows.want({ where: "value > 1", sort: [], numbers: null });
  rows.want({ where: "value > 2", sort: [], numbers: null });
  answers[1]!([trial(2)]);
  answers[0]!([trial(1), trial(3)]);
  await vi.waitFor(() => expect(rows.at(0)?.number).toBe(2));
  await Promise.resolve();
  expect(rows.at(0)?.number).toBe(2);
  expect(rows.count.value).toBe(1);
});

test("Trials that the page has ordered itself are read by their numbers, and stand in that order", async () => {
  const asked: string[] = [];
  const rows = trialRows(async ({ where }) => {
    asked.push(where);
    const trials = [...where.matchAll(/\d+/g)].map(([number]) => trial(Number(number))).reverse();
    return { version: 1, count: trials.length, offset: 0, trials };
  });
  const numbers = Int32Array.from({ length: PAGE_ROWS + 2 }, (_, i) => 1_000 - i);
  rows.want({ where: "", sort: [], numbers });
  rows.look({ from: 0, to: PAGE_ROWS + 2 });
  await vi.waitFor(() => expect(rows.at(PAGE_ROWS + 1)).toBeDefined());
  await vi.waitFor(() => expect(rows.at(0)).toBeDefined());
  expect([rows.at(0)!.number, rows.at(PAGE_ROWS + 1)!.number]).toEqual([1_000, 899]);
  expect(asked.at(-1)).toBe("number in (900, 899)");
  expect(rows.count.value).toBe(PAGE_ROWS + 2);
});

test("Columns have the names of the command line; a param that is named like a column has its long one", () => {
  const distribution = { kind: "float", low: 0, high: 1, log: false, step: null } as const;
  const params = ["units", "duration"].map((name) => ({ name, distribution, when: [] }));
  const head = { directions: ["maximize"], params } as unknown as StudyHeadJson;
  const all = tableColumns(head);
  expect(all.map(({ name }) => name)).toContain("params.duration");
  expect(shownColumns(all, "").map(({ name }) => name)).toEqual([
    ...["number", "state", "value", "duration", "memory.peak", "units", "params.duration"],
  ]);
  expect(shownColumns(all, "units").map(({ name }) => name)).toEqual(["number", "state", "units"]);
});

test("Ranges of a brush are said in the words of the command line, if these can say them", () => {
  const number = { kind: "float", low: 0, high: 1, log: false, step: null } as const;
  const params = [
    { name: "value", distribution: number, when: [] },
    { name: "optimizer", distribution: { kind: "categorical", choices: ["adam", "sgd", "x"] }, when: [] },
    { name: "depth", distribution: { kind: "categorical", choices: [1, null] }, when: [] },
  ];
  const head = { directions: ["maximize", "minimize"], params } as unknown as StudyHeadJson;
  const range = (low: number, high: number) => ({ low, high });
  expect(whereOf(head, { value: range(0.1, 0.5), optimizer: range(0, 1), "values.1": range(2, 3) })).toBe(
    '`params.value` >= 0.1 and `params.value` <= 0.5 and `params.optimizer` in ("adam", "sgd") and values.1 >= 2 and values.1 <= 3',
  );
  expect(whereOf(head, { depth: range(0, 0) })).toBeNull();
  expect(whereOf(head, { other: range(0, 1) })).toBeNull();
});
