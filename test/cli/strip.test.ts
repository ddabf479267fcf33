import { expect, test } from "vitest";
import { stripLines } from "../../src/cli/terminal/strip-text.ts";
import type { StripCellJson, StripJson } from "../../src/report/strip.ts";

/** How a strip is drawn: 40 columns at most, and no colours. */

type Pair = readonly [trial: number | null | "ended", incumbent: number | null];

function strip(pairs: readonly Pair[], changes: Partial<StripJson> = {}): StripJson {
  const cells = pairs.map(([trial, incumbent], place): StripCellJson => {
    const value = trial === "ended" ? null : trial;
    const difference = value === null || incumbent === null ? null : value - incumbent;
    return { from: place, to: place, trial: value, incumbent, difference, ended: trial === "ended" };
  });
  const compared = cells.flatMap(({ difference }) => difference ?? []);
  const better = compared.filter((difference) => difference < 0).length;
  return {
    ...{ objective: 0, direction: "minimize", incumbent: 3, best: "at the verdict" },
    ...{ pairs: compared.length, better, cells, ...changes },
  };
}

test("splits that are there, one that was ended and those that are missing, beside the incumbent's", () => {
  const objectives = [
    strip([
      [1, 0],
      [2, 4],
      [3, 3],
      ["ended", 8],
      [null, 7],
    ]),
  ];
  expect(stripLines(12, { of: "splits", objectives })).toEqual([
    "splits 0 to 4, minimize: ▁ 0 to █ 8",
    "  trial 12  ▂▂ ▃▃ ▄▄ x  ·                             x ended there, · no split",
    "  trial 3   ▁▁ ▅▅ ▄▄ ██ ██                            the best at the verdict",
    "            -  +  =                                   better on 1 of 3",
  ]);
});

test("a strip without an incumbent, and one of equal values, are drawn all the same", () => {
  const alone = strip(
    [
      [5, null],
      [5, null],
      ["ended", null],
    ],
    { incumbent: null },
  );
  expect(stripLines(0, { of: "splits", objectives: [alone] })).toEqual([
    "splits 0 to 2, minimize: ▁ 5 to █ 5",
    "  trial 0  ▅▅ ▅▅ x                                   x ended there",
  ]);
  const empty = strip([["ended", null]], { incumbent: null });
  expect(stripLines(0, { of: "splits", objectives: [empty] })[0]).toBe("splits 0 to 0, minimize");
});

test("no line is wider than a terminal, however many splits or objectives there are", () => {
  for (const count of [1, 5, 13, 14, 20, 21, 40]) {
    const pairs = Array.from({ length: count }, (_, k): Pair => [k, count - k]);
    const objectives = [0, 1].map((objective) =>
      strip(pairs, { objective, direction: "maximize", best: "now" }),
    );
    const lines = stripLines(123456, { of: "reports", objectives });
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(line.length, line).toBeLessThan(80);
  }
});

test("a downsampled strip says so", () => {
  const cells = strip([
    [1, 2],
    [3, 4],
  ]).cells.map((cell, k) => ({ ...cell, from: 5 * k, to: 5 * k + 4 }));
  const objectives = [strip([], { cells, pairs: 10, better: 10 })];
  expect(stripLines(1, { of: "splits", objectives })[0]).toBe(
    "splits 0 to 9 in 2 columns, minimize: ▁ 1 to █ 4",
  );
});
