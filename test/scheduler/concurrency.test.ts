import { expect, test } from "vitest";
import { readChanges } from "../../src/scheduler/changes.ts";
import { concurrency, levelOf, THRESHOLDS } from "../../src/scheduler/concurrency.ts";
import { readWorkers, workersCeiling } from "../../src/scheduler/workers.ts";

/** Reports the same load for some seconds. @returns the number of workers after each. */
function feed(
  control: ReturnType<typeof concurrency>,
  from: number,
  seconds: number,
  cpuOthers: number,
  memoryUsed = 0.2,
): number[] {
  return Array.from({ length: seconds }, (_, i) => {
    control.step({ cpuOthers, memoryUsed }, (from + i) * 1_000);
    return control.target;
  });
}

test("a profile gives a number of workers for the machine", () => {
  const machine = { cores: 16, gpus: null };
  expect(
    (["low", "medium", "high", "auto", 3] as const).map((workers) => workersCeiling(workers, machine)),
  ).toEqual([4, 8, 16, 16, 3]);
  expect(workersCeiling("low", { cores: 2, gpus: null })).toBe(1);
  expect(workersCeiling("auto", { cores: 2.5, gpus: null })).toBe(2); // Half a core comes from a cgroup's quota.
  expect(workersCeiling("auto", { cores: 64, gpus: 2 })).toBe(2);
  expect(workersCeiling("auto", { cores: 64, gpus: 0 })).toBe(1);
});

test("workers are read from text", () => {
  expect(readWorkers("--workers", "auto")).toBe("auto");
  expect(readWorkers("--workers", "12")).toBe(12);
  expect(() => readWorkers("--workers", "hihg")).toThrow(
    /--workers: expected auto, low, medium, high or a whole number from 1 to 256, got "hihg"; did you mean high\?/,
  );
  expect(() => readWorkers("--workers", "0")).toThrow(/got "0"$/);
});

test("runs fewer workers while others need the machine, and more again afterwards", () => {
  const control = concurrency({ ceiling: 16, admission: true });
  expect(feed(control, 0, 20, 0.1).at(-1)).toBe(16);
  expect(feed(control, 20, 30, 0.9).at(-1)).toBe(4);
  expect(feed(control, 50, 30, 0.7).at(-1)).toBe(8);
  expect(feed(control, 80, 30, 0.4).at(-1)).toBe(12);
  expect(feed(control, 110, 30, 0.05).at(-1)).toBe(16);
});

test("a load that varies around a threshold changes nothing", () => {
  const control = concurrency({ ceiling: 16, admission: true, settleMs: 0 });
  feed(control, 0, 20, 0.62);
  const seen = new Set<number>();
  for (let i = 0; i < 200; i++) {
    control.step({ cpuOthers: i % 20 < 10 ? 0.57 : 0.63, memoryUsed: 0.2 }, 20_000 + i * 1_000);
    seen.add(control.target);
  }
  expect(seen).toEqual(new Set([8]));
  expect(levelOf(0.57, THRESHOLDS.cpu, 2)).toBe(2);
  expect(levelOf(0.57, THRESHOLDS.cpu, 1)).toBe(1);
  expect(levelOf(0.54, THRESHOLDS.cpu, 2)).toBe(1);
});

test("two changes are separated by time for the load to settle", () => {
  const control = concurrency({ ceiling: 16, admission: true });
  feed(control, 0, 1, 0.1);
  const numbers = [...feed(control, 1, 60, 0.95), ...feed(control, 61, 60, 0.05)];
  const changes = numbers
    .map((number, i) => (i > 0 && number !== numbers[i - 1] ? i : -1))
    .filter((i) => i >= 0);
  expect(changes.length).toBeGreaterThan(1);
  for (const [k, at] of changes.entries()) if (k > 0) expect(at - changes[k - 1]!).toBeGreaterThanOrEqual(10);
});

test("without admission memory in use decides: fewer workers above high, more below low, no change in between", () => {
  const control = concurrency({ ceiling: 16, admission: false, settleMs: 1_000 });
  feed(control, 0, 1, 0.1);
  expect(feed(control, 1, 20, 0.1, 0.95).at(-1)).toBe(1);
  expect(feed(control, 21, 20, 0.1, 0.6).at(-1)).toBe(1);
  expect(feed(control, 41, 30, 0.1, 0.2).at(-1)).toBe(16);
  expect(feed(control, 71, 30, 0.1, 0.75).at(-1)).toBeLessThan(16);
});

test("with admission memory in use only prevents more workers", () => {
  const control = concurrency({ ceiling: 16, admission: true, settleMs: 1_000 });
  feed(control, 0, 1, 0.1);
  expect(feed(control, 1, 20, 0.1, 0.8).at(-1)).toBe(16);
});

test("runs fewer workers after a memory kill, and more again after some time without one", () => {
  const control = concurrency({ ceiling: 16, admission: true });
  feed(control, 0, 5, 0.1);
  control.killed(16, 5_000);
  expect(control).toMatchObject({ target: 12, degraded: true });
  control.killed(12, 6_000);
  expect(control.target).toBe(9);
  expect(feed(control, 7, 50, 0.1).at(-1)).toBe(9);
  expect(feed(control, 57, 200, 0.1).at(-1)).toBe(16);
  expect(control.degraded).toBe(false);
  for (let i = 0; i < 20; i++) control.killed(1, 300_000 + i);
  expect(control.target).toBe(1); // There is always one worker.
});

test("changes from `set` are validated", () => {
  expect(
    readChanges([
      "workers=auto",
      "memory=2GiB",
      "splitTimeout=auto",
      "trialTimeout=none",
      "trials=7",
      "reserve=1GB",
    ]),
  ).toEqual({
    workers: "auto",
    memory: 2 * 2 ** 30,
    splitTimeout: "auto",
    trialTimeout: null,
    trials: 7,
    reserve: 1e9,
  });
  expect(() => readChanges(["workers=2", "workers=3"])).toThrow(/expected workers once/);
  expect(() => readChanges(["toString=2"])).toThrow(/expected one of workers/);
});
