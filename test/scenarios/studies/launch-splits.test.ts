import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { belay, folder, write } from "../../support/belay.ts";
import { studyText } from "../../support/refused.ts";

async function launched(splits: string, ...options: string[]): Promise<{ notes: string[]; log: string }> {
  const cwd = folder();
  write(cwd, { "bowl.ts": studyText(splits) });
  const args = ["launch", "bowl.ts", "--trials", "1", ...options];
  const { code, stderr } = await belay(cwd, args);
  expect(code, stderr).toBe(0);
  return {
    notes: stderr.split("\n").filter((line) => line.includes("belay check")),
    log: readFileSync(join(cwd, "belay.log"), "utf8"),
  };
}

it.each([
  [
    "rows on both sides, in several splits",
    "splits: () => [{ train: [0, 1, 2], validation: [2, 3] }, { train: [2, 3, 1], validation: [1, 0] }],",
    "splits[0]: expected every row once, got 1 row both in train and in validation (such as row 2), and 1 problem more: `belay check bowl.ts`",
  ],
  [
    "test rows that train",
    "splits: () => [{ train: [0, 1, 2], validation: [3], test: [0, 2] }],",
    "splits[0]: expected every row once, got 2 rows both in train and in test (such as row 0): `belay check bowl.ts`",
  ],
  [
    "rows that the data does not have",
    "data: () => [1, 2, 3], splits: () => [{ train: [0, 1], validation: [3] }],",
    "splits: expected row numbers below 3, as data has rows, got 3: `belay check bowl.ts`",
  ],
])("launch says in one line that splits have %s", async (_, splits, line) => {
  const { notes, log } = await launched(splits);
  expect(notes).toEqual([line]);
  expect(log).toContain(JSON.stringify(line).slice(1, -1));
});

it("says nothing about good splits, and nothing with --quiet", async () => {
  expect((await launched("")).notes).toEqual([]);
  const shared = "splits: () => [{ train: [0, 1], validation: [1] }],";
  expect((await launched(shared, "--quiet")).notes).toEqual([]);
});

it("checks millions of rows quickly", async () => {
  const { reportSplits } = await import("../../../src/core/splits/summary.ts");
  const rows = Int32Array.from({ length: 4_000_000 }, (_, row) => row);
  const splits = [0, 1, 2].map(() => ({
    train: rows.subarray(0, 3_000_000),
    validation: rows.subarray(2_999_999),
  }));
  const before = process.cpuUsage();
  const report = reportSplits(splits, rows, "faults");
  const { user } = process.cpuUsage(before);
  expect(report.splits.map(({ shared }) => shared)).toEqual(
    [0, 1, 2].map(() => [{ parts: ["train", "validation"], count: 1, example: 2_999_999 }]),
  );
  expect(user / 1_000, "milliseconds of processor time").toBeLessThan(1_500);
});

it("checks rows with huge numbers too", async () => {
  const { reportSplits } = await import("../../../src/core/splits/summary.ts");
  const huge = Number.MAX_SAFE_INTEGER;
  const report = reportSplits([{ train: [huge, 1, huge], validation: [huge] }], null, "faults");
  expect(report.splits[0]!.shared).toEqual([
    { parts: ["train", "train"], count: 1, example: huge },
    { parts: ["train", "validation"], count: 1, example: huge },
  ]);
});
