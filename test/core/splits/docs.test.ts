import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  groupKFold,
  holdout,
  kFold,
  nested,
  purgedCombinatorial,
  repeated,
  type Split,
  stratifiedGroupKFold,
  stratifiedKFold,
  walkForward,
} from "../../../src/index.ts";

const page = readFileSync(new URL("../../../docs/splits.md", import.meta.url), "utf8");
const plain = { shuffle: false };

/** Draws each split as a line, like the page. */
function draw(splits: readonly Split[], rows: number): string[] {
  const mark = ({ train, validation, test = [] }: Split, row: number): string =>
    train.includes(row) ? "#" : validation.includes(row) ? "V" : test.includes(row) ? "T" : ".";
  return splits.map((split) => Array.from({ length: rows }, (_, row) => mark(split, row)).join(""));
}

/** The drawing under a call on the page; text after the marks is left out. */
function drawn(call: string): string[] {
  const block = page.split("```").find((text) => text.includes(call)) ?? "";
  const lines = block
    .slice(block.indexOf(call) + call.length)
    .split(/\n(?=\w+\()/)[0]!
    .split("\n");
  return lines.flatMap((line) => /^\d.*?([#VT.]{12,})/.exec(line)?.[1] ?? []);
}

it.each<[string, readonly Split[], number]>([
  ["holdout(20, { validation: 0.2,", holdout(20, { validation: 0.2, test: 0.1, ...plain }), 20],
  ["kFold(20, { folds: 5,", kFold(20, { folds: 5, ...plain }), 20],
  ["stratifiedKFold(labels,", stratifiedKFold([..."aaaaaaaaaaaabbbbcccc"], { folds: 4, ...plain }), 20],
  ["groupKFold(groups,", groupKFold([..."aaaaaabbbbccccddddee"], { folds: 3, ...plain }), 20],
  [
    "stratifiedGroupKFold(labels,",
    stratifiedGroupKFold([..."xxxxyyyyxxxxyyyy"], [..."aaaabbbbccccdddd"], { folds: 2, ...plain }),
    16,
  ],
  ["repeated((seed)", repeated((seed) => kFold(12, { folds: 2, seed }), { repeats: 2, seed: 0 }), 12],
  ["walkForward(20, { folds: 3,", walkForward(20, { folds: 3, validation: 4, gap: 2 }), 20],
  [
    "walkForward(20, { validation: 4,",
    walkForward(20, { validation: 4, train: 6, gap: 2, window: "sliding" }),
    20,
  ],
  [
    "purgedCombinatorial(24,",
    purgedCombinatorial(24, { groups: 4, testGroups: 2, purge: 1, embargo: 1 }),
    24,
  ],
  [
    "nested(kFold(18,",
    nested(kFold(18, { folds: 3, ...plain }), (rows) => kFold(rows, { folds: 2, ...plain })),
    18,
  ],
])("docs/splits.md draws what %s does", (call, splits, rows) => {
  expect(drawn(call)).toEqual(draw(splits, rows));
});
