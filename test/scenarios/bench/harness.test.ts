import { describe, expect, test } from "vitest";
import { inTurn, ratiosOf, spreadOf, table, timeNode } from "../../../scripts/bench/harness.ts";

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => n - i);

describe("the spread of a median", () => {
  // From the tables of the sign test: the ranks between which the median lies with at least 95 % confidence.
  test.each([
    [6, 1, 6, 0.969],
    [8, 1, 8, 0.992],
    [9, 2, 8, 0.961],
    [12, 3, 10, 0.961],
    [20, 6, 15, 0.959],
    [25, 8, 18, 0.957],
  ])("of %i values it lies between those of rank %i and %i", (n, low, high, confidence) => {
    const spread = spreadOf(upTo(n));
    expect(spread).toMatchObject({ median: (n + 1) / 2, low, high });
    expect(spread.confidence).toBeCloseTo(confidence, 3);
  });

  test("of too few values it reaches from the least to the greatest, and has its actual confidence", () => {
    expect(spreadOf(upTo(4))).toEqual({ median: 2.5, low: 1, high: 4, confidence: 0.875 });
    expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7, confidence: 0 });
  });
});

test("ratios are taken within pairs, so a slowdown of both measurements of a pair does not change them", () => {
  expect(ratiosOf([2, 20, 200], [1, 10, 100])).toMatchObject({ median: 2, low: 2, high: 2 });
});

test("subjects are measured in turn, every other round backwards, and each gets its own results", async () => {
  const order: string[] = [];
  const subject = (name: string) => () => `${name}${order.push(name)}`;
  expect(await inTurn(3, [subject("a"), subject("b")])).toEqual([
    ["a1", "a4", "a5"],
    ["b2", "b3", "b6"],
  ]);
  expect(await inTurn(1, [subject("a"), subject("b")], 1)).toEqual([["a8"], ["b7"]]);
});

test("the CPU time of a command includes the processes that it has started and waited for", () => {
  const burn = `const sum = () => { const { user, system } = process.cpuUsage(); return user + system; };
    while (sum() < 5e5); console.log(sum());`;
  const parent = `require("node:child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(burn)}], { stdio: "inherit" })`;
  const { stdout, cpuMs } = timeNode(["-e", parent]);
  expect(cpuMs).toBeGreaterThanOrEqual(Math.floor(Number(stdout) / 1000));
});

test("a command that fails is an error with its output", () => {
  expect(() => timeNode(["-e", "console.error('no such study'); process.exit(3)"])).toThrow(
    /ended with exit code 3: no such study/,
  );
});

test("a table is Markdown, with numbers aligned to the right", () => {
  const rows = [
    ["one", 1.5],
    ["seventeen", 170],
  ];
  expect(table(["name", "ms"], rows)).toBe(
    `| name      |  ms |
| --------- | --: |
| one       | 1.5 |
| seventeen | 170 |`,
  );
});
