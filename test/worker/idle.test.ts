import { expect, test } from "vitest";
import { idleWatch } from "../../src/worker/host/idle.ts";
import type { Trainer } from "../../src/worker/host/trainer.ts";

/** A watch whose trainer looks busy at the given number of checks, and uses the given CPU time between two checks. */
async function watchOf(busyChecks: number, cpuMsPerCheck: number) {
  let checks = 0;
  const trainer = { measureActivity: () => () => (checks++ < busyChecks ? 1 : 0) } as unknown as Trainer;
  const watch = idleWatch(trainer, false, () => checks * cpuMsPerCheck);
  checks = busyChecks;
  expect(await watch.leftAtWork()).toBe(null); // This is the check before the first trial.
  checks = 0;
  return watch;
}

test("a thread that is late because other programs use the processor does not count as work left behind", async () => {
  const watch = await watchOf(14, 2);
  expect(await watch.leftAtWork()).toBe(null);
});

test("a thread that still uses the processor counts as work left behind", async () => {
  const watch = await watchOf(Number.POSITIVE_INFINITY, 20);
  expect(await watch.leftAtWork()).toBe("work that goes on");
});
