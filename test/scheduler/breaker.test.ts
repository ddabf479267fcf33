import { expect, test } from "vitest";
import { compileSpace } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { circuitBreaker, type Sign, signOf } from "../../src/scheduler/breaker.ts";
import { describeLosses } from "../../src/scheduler/shared-cause.ts";

const GOOD: Sign = { lost: false };
const bad = (fingerprint = "memory-limit"): Sign => ({ lost: true, fingerprint });
const complete: Outcome = { state: "complete", values: [1], constraints: [] };
const pruned = (reason: "pruner" | "memory-limit" | "not-finite" | "split-timeout"): Outcome => ({
  state: "pruned",
  reason,
  detail: {},
});
const threw = (message: string, stack: string | null = null): Outcome => ({
  state: "fail",
  reason: "error",
  detail: {},
  error: { name: "Error", message, stack },
});

/** Notes outcomes one after the other. @returns after how many the breaker opened, or null. */
function opensAt(signs: readonly Sign[]): number | null {
  const breaker = circuitBreaker();
  for (const [i, sign] of signs.entries()) {
    breaker.note(i, sign, 0);
    if (breaker.state === "open") return i + 1;
  }
  return null;
}

test("opens after ten losses in a row with one fingerprint, not after nine, nor after mixed ones", () => {
  expect(opensAt(Array.from({ length: 12 }, () => bad()))).toBe(10);
  expect(
    opensAt([...Array.from({ length: 9 }, () => bad()), GOOD, ...Array.from({ length: 9 }, () => bad())]),
  ).toBeNull();
  expect(opensAt(Array.from({ length: 19 }, (_, i) => bad(`f${i % 2}`)))).toBeNull();
});

test("opens after twenty outcomes of which 90 % are losses, whatever their fingerprints", () => {
  const mixed = (good: readonly number[]) =>
    Array.from({ length: 20 }, (_, i) => (good.includes(i) ? GOOD : bad(`f${i % 3}`)));
  expect(opensAt(mixed([3, 12]))).toBe(20);
  expect(opensAt(mixed([3, 8, 12]))).toBeNull();
  expect(opensAt([...Array.from({ length: 1_000 }, () => GOOD), ...mixed([])])).toBe(1_018); // Old successes do not count.
});

test("trials that a pruner ends never open it, and a killed trial does not count", () => {
  expect(signOf(pruned("pruner"))).toEqual({ lost: false });
  expect(signOf(complete)).toEqual({ lost: false });
  expect(signOf({ state: "fail", reason: "stopped", detail: {}, error: null })).toBeNull();
  expect(signOf(pruned("memory-limit"))).toEqual({ lost: true, fingerprint: "memory-limit" });
  expect(signOf(pruned("split-timeout"))).toMatchObject({ lost: true });
  expect(signOf(pruned("not-finite"))).toMatchObject({ lost: true });
});

test("a fault has the same fingerprint whatever the numbers in it are", () => {
  const at = (line: string) => `Error: x\n    at train (${line})`;
  const a = signOf(threw("shape 12 is not 7", at("study.ts:10:3")));
  expect(signOf(threw("shape 8 is not 3.5", at("study.ts:10:3")))).toEqual(a);
  expect(signOf(threw("disk full", at("study.ts:10:3")))).not.toEqual(a);
});

test("after a rest one trial runs as a probe; three failed probes end the run", () => {
  const breaker = circuitBreaker();
  for (let i = 0; i < 10; i++) breaker.note(i, bad(), 1_000);
  expect(breaker.mayStart(10_999)).toBe(false);
  for (let probe = 0; probe < 3; probe++) {
    const at = 1_000 + (probe + 1) * 10_000;
    expect(breaker.mayStart(at)).toBe(true);
    breaker.started(100 + probe, at);
    expect(breaker.state).toBe("half-open");
    expect(breaker.mayStart(at + 60_000)).toBe(false); // Probes run one at a time.
    breaker.note(5, bad(), at); // A trial that was running already is no probe.
    expect(breaker.state).toBe("half-open");
    breaker.note(100 + probe, bad(), at);
    expect(breaker.failedProbes).toBe(probe + 1);
  }
  expect(breaker.state).toBe("dead");
  expect(breaker.mayStart(1e9)).toBe(false);
  breaker.note(7, GOOD, 1e9);
  expect(breaker.state).toBe("dead");
});

test("a successful probe closes it, and counting starts again", () => {
  const breaker = circuitBreaker();
  for (let i = 0; i < 10; i++) breaker.note(i, bad(), 0);
  breaker.started(10, 10_000);
  expect(breaker.note(10, GOOD, 11_000)).toBe(true);
  expect(breaker.state).toBe("closed");
  for (let i = 0; i < 9; i++) breaker.note(20 + i, bad(), 12_000);
  expect(breaker.state).toBe("closed");
});

test("a success of a trial that was running already closes it too; an interrupted probe does not count", () => {
  const breaker = circuitBreaker();
  for (let i = 0; i < 10; i++) breaker.note(i, bad(), 0);
  breaker.started(10, 10_000);
  breaker.forget(10);
  expect(breaker).toMatchObject({ state: "open", failedProbes: 0 });
  expect(breaker.mayStart(10_001)).toBe(true);
  breaker.note(4, GOOD, 10_002);
  expect(breaker.state).toBe("closed");
});

const SPACE = compileSpace({
  units: { distribution: { kind: "int", low: 16, high: 1024, log: false, step: 1 }, conditions: [] },
  rate: { distribution: { kind: "float", low: 0, high: 1, log: false, step: null }, conditions: [] },
  optimizer: { distribution: { kind: "categorical", choices: ["adam", "sgd"] }, conditions: [] },
});

test("finds what lost trials have in common", () => {
  const endings = Array.from({ length: 20 }, (_, i) => ({
    row: Float64Array.of(i < 17 ? 520 + i * 20 : 30 * (i - 15), ((i * 7) % 20) / 20, i % 2),
    lost: i < 17 ? pruned("memory-limit") : null,
  }));
  expect(describeLosses(SPACE, endings)).toBe("17 of 20 ran out of memory, all with units >= 520");
  const byChoice = endings.map(({ row }, i) => ({
    row: Float64Array.of(row[0]!, row[1]!, i < 17 ? 1 : 0),
    lost: i < 17 ? threw("bad shape") : null,
  }));
  byChoice[19]!.row[0] = 600;
  byChoice[18]!.row[0] = 900;
  byChoice[17]!.row[0] = 700;
  expect(describeLosses(SPACE, byChoice)).toBe("17 of 20 threw (Error: bad shape), all with optimizer = sgd");
});

test("names no param if none separates the lost trials from the others", () => {
  const endings = Array.from({ length: 20 }, (_, i) => ({
    row: Float64Array.of(100 + ((i * 37) % 20) * 10, ((i * 7) % 20) / 20, i % 2),
    lost: i >= 2 ? (i < 16 ? pruned("split-timeout") : threw("x")) : null,
  }));
  expect(describeLosses(SPACE, endings)).toBe(
    "14 of 20 had a split that took too long, 4 more lost in other ways",
  );
  const all = endings.map(({ row }) => ({ row, lost: pruned("memory-limit") }));
  expect(describeLosses(SPACE, all)).toBe("20 of 20 ran out of memory");
});
