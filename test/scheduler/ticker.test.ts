import { expect, test } from "vitest";
import { ticker } from "../../src/scheduler/ticker.ts";
import { manualClock } from "../support/manual-clock.ts";

function setUp(seed = 1) {
  const virtual = manualClock();
  const errors: unknown[] = [];
  const ticks = ticker({ clock: virtual.clock, seed, onError: (error) => errors.push(error) });
  return { ...virtual, virtual, ticks, errors };
}

test("a task ticks once per interval, on a grid whose phase is drawn once", () => {
  const { virtual, ticks } = setUp();
  const times: number[] = [];
  ticks.register({ name: "a", intervalMs: 1_000, run: () => void times.push(virtual.clock.elapsed()) });
  virtual.advance(10_000);
  expect(times).toHaveLength(10);
  expect(times[0]).toBeLessThan(1_000);
  for (const [i, at] of times.entries()) expect(at).toBeCloseTo(times[0]! + i * 1_000, 6);
});

test("phases differ between tasks and between seeds, and are the same for the same seed", () => {
  const first = (seed: number, name: string): number => {
    const { virtual, ticks } = setUp(seed);
    let at = -1;
    ticks.register({
      name,
      intervalMs: 1_000,
      run: () => {
        if (at < 0) at = virtual.clock.elapsed();
      },
    });
    virtual.advance(1_000);
    return at;
  };
  expect(first(1, "a")).toBe(first(1, "a"));
  expect(new Set([first(1, "a"), first(1, "b"), first(2, "a"), first(2, "b")]).size).toBe(4);
});

test("one timer serves all tasks", () => {
  const { virtual, ticks } = setUp();
  for (let i = 0; i < 20; i++) ticks.register({ name: `t${i}`, intervalMs: 100 + i, run: () => {} });
  expect(virtual.waiting()).toBe(1);
  virtual.advance(5_000);
  expect(virtual.waiting()).toBe(1);
  ticks.stop();
  expect(virtual.waiting()).toBe(0);
});

test("after a suspend of an hour each task ticks once, not 3,600 times", () => {
  const { virtual, ticks } = setUp();
  let count = 0;
  ticks.register({ name: "a", intervalMs: 1_000, run: () => void count++ });
  virtual.advance(5_000);
  expect(count).toBe(5);
  virtual.jump(3_600_000);
  expect(count).toBe(6);
  expect(ticks.metrics()[0]).toMatchObject({ coalesced: 3_599, misfires: 0 });
  expect(ticks.metrics()[0]!.maxLagMs).toBeGreaterThan(3_599_000);
  virtual.advance(3_000);
  expect(count).toBe(9);
});

test("a tick later than the grace is skipped and counted, and the grid stays", () => {
  const { virtual, ticks } = setUp();
  const times: number[] = [];
  ticks.register({
    name: "a",
    intervalMs: 1_000,
    graceMs: 50,
    run: () => void times.push(virtual.clock.elapsed()),
  });
  virtual.advance(1_000);
  const due = times[0]! + 1_000 - virtual.clock.elapsed();
  virtual.jump(due + 51);
  expect(times).toHaveLength(1);
  expect(ticks.metrics()[0]).toMatchObject({ misfires: 1, ticks: 1 });
  virtual.advance(1_000);
  expect(times[1]).toBeCloseTo(times[0]! + 2_000, 6);
  virtual.jump(times[1]! + 1_000 - virtual.clock.elapsed() + 49);
  expect(times).toHaveLength(3);
});

test("a task is not started again while it runs", async () => {
  const { virtual, ticks } = setUp();
  let started = 0;
  let end = (): void => {};
  ticks.register({
    name: "slow",
    intervalMs: 100,
    run: () => {
      started++;
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    },
  });
  virtual.advance(1_000);
  expect(started).toBe(1);
  expect(ticks.metrics()[0]).toMatchObject({ overlaps: 9 });
  end();
  await new Promise((resolve) => setImmediate(resolve));
  virtual.advance(100);
  expect(started).toBe(2);
});

test("a second task of the same name replaces the first", () => {
  const { virtual, ticks } = setUp();
  const called: string[] = [];
  const remove = ticks.register({ name: "a", intervalMs: 100, run: () => void called.push("old") });
  ticks.register({ name: "a", intervalMs: 100, run: () => void called.push("new") });
  remove(); // It belongs to the replaced task, so it must not remove the new one.
  virtual.advance(300);
  expect(called).toEqual(["new", "new", "new"]);
  expect(ticks.metrics()).toHaveLength(1);
});

test("a task can be removed, also by itself", () => {
  const { virtual, ticks } = setUp();
  let count = 0;
  const remove = ticks.register({
    name: "a",
    intervalMs: 100,
    run: () => {
      if (++count === 2) remove();
    },
  });
  virtual.advance(1_000);
  expect(count).toBe(2);
  expect(virtual.waiting()).toBe(0);
});

test("an error of a task is reported, and the task goes on", async () => {
  const { virtual, ticks, errors } = setUp();
  ticks.register({
    name: "a",
    intervalMs: 100,
    run: () => {
      throw new Error("sync");
    },
  });
  ticks.register({ name: "b", intervalMs: 100, run: () => Promise.reject(new Error("async")) });
  virtual.advance(100);
  await new Promise((resolve) => setImmediate(resolve));
  virtual.advance(100);
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors.map((error) => (error as Error).message).sort()).toEqual(["async", "async", "sync", "sync"]);
});

test("intervals below the minimum are refused", () => {
  const { ticks } = setUp();
  expect(() => ticks.register({ name: "a", intervalMs: 19, run: () => {} })).toThrow(
    /a: expected an interval of at least 20 ms, got 19/,
  );
  expect(() => ticks.register({ name: "a", intervalMs: Number.NaN, run: () => {} })).toThrow(/at least 20/);
});

test("ten million ticks retain no memory", () => {
  // This clock has one timer at a time, so that it retains nothing itself.
  let now = 0;
  let callback: (() => void) | null = null;
  let at = 0;
  const clock = {
    elapsed: () => now,
    after(delayMs: number, call: () => void) {
      at = now + delayMs;
      callback = call;
      return cancel;
    },
  };
  const cancel = (): void => {
    callback = null;
  };
  const ticks = ticker({ clock, seed: 1, onError: (error) => expect.fail(String(error)) });
  let count = 0;
  ticks.register({ name: "a", intervalMs: 100, run: () => void count++ });
  ticks.register({ name: "b", intervalMs: 250, run: () => void count++ });
  const run = (until: number): void => {
    while (count < until) {
      const call: () => void = callback!;
      callback = null;
      now = at;
      call();
    }
  };
  run(100_000);
  const before = process.memoryUsage().heapUsed;
  run(10_000_000);
  const grown = process.memoryUsage().heapUsed - before;
  expect(grown).toBeLessThan(64e6); // This allows for uncollected garbage; a leak of 16 bytes per tick would be 160 MB.
  expect(ticks.metrics().reduce((sum, metric) => sum + metric.ticks, 0)).toBe(count);
});
