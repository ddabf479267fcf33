import type { NoParamCallback } from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import { isPassing } from "../../src/store/store-error.ts";
import { FINAL, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";

/** When writes reach the disk. The disk is simulated: a sync ends when the test says so. */

const disk = vi.hoisted(() => ({ waiting: [] as NoParamCallback[], isSlow: false }));
vi.mock("node:fs", async (original) => ({
  ...(await original<typeof import("node:fs")>()),
  fdatasync: (_: number, done: NoParamCallback) => {
    disk.waiting.push(done);
    if (!disk.isSlow) answer();
  },
}));

function answer(error: NodeJS.ErrnoException | null = null): void {
  for (const done of disk.waiting.splice(0)) done(error);
}

beforeEach(() => {
  Object.assign(disk, { waiting: [], isSlow: false });
});

/** Two running trials. */
async function running(durability: "full" | "normal" = "full") {
  const store = temporaryStore({ durability });
  const study = await ownedStudy(store);
  const params = { learningRate: 0.01, optimizer: "adam" };
  const keys = [];
  for (const number of [0, 1]) keys.push(await study.startTrial({ number, params }));
  disk.isSlow = true;
  return { study, keys: [keys[0]!, keys[1]!] as const };
}

/** Whether a promise has settled, after everything that is ready to run has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test("a split is recorded once it is on the disk; reports and ends of trials do not wait for the disk", async () => {
  const { study, keys } = await running();
  const split = study.recordSplit(keys[0], splitResult(0, 0.9));
  expect(await isSettled(split)).toBe(false);
  await study.recordReport(keys[1], { split: 0, step: 1, value: 1 });
  await study.finish(keys[1], { state: "complete", values: [1], constraints: [] }, FINAL, { durationMs: 1 });
  expect(await isSettled(split)).toBe(false);
  answer();
  await split;
});

test("writes that come during a sync share the next one", async () => {
  const { study, keys } = await running();
  const first = study.recordSplit(keys[0], splitResult(0, 0.9));
  expect(await isSettled(first)).toBe(false);
  const others = [1, 2].map((split) => study.recordSplit(keys[0], splitResult(split, 0.9)));
  const another = study.recordSplit(keys[1], splitResult(0, 0.9));
  expect(await isSettled(another)).toBe(false);
  expect(disk.waiting).toHaveLength(1);
  answer();
  await first;
  expect(await isSettled(another), "its commit came after that sync had begun").toBe(false);
  expect(disk.waiting).toHaveLength(1);
  answer();
  await Promise.all([...others, another]);
});

test("a sync begins as soon as a trial ends", async () => {
  const { study, keys } = await running();
  await study.finish(keys[0], { state: "complete", values: [1], constraints: [] }, FINAL, { durationMs: 1 });
  expect(await isSettled(Promise.resolve())).toBe(true);
  expect(disk.waiting).toHaveLength(1);
  answer();
});

test("after a failed sync all writes fail, because no later sync can be trusted", async () => {
  const { study, keys } = await running();
  const split = study.recordSplit(keys[0], splitResult(0, 0.9));
  expect(await isSettled(split)).toBe(false);
  answer(Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" }));
  const error: unknown = await split.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "store" });
  expect(String(error)).toMatch(/belay\.db: the disk has not taken what was written: EIO: i\/o error/);
  expect(isPassing(error), "the run ends, and does not try again").toBe(false);
  disk.isSlow = false;
  await expect(study.recordSplit(keys[1], splitResult(0, 0.9))).rejects.toMatchObject({ code: "store" });
});

test("with durability normal no write waits for the disk", async () => {
  const { study, keys } = await running("normal");
  await study.recordSplit(keys[0], splitResult(0, 0.9));
  expect(disk.waiting).toHaveLength(0);
});
