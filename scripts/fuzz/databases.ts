// Makes the databases to damage: one was closed, one lost its coordinator in the middle, one lies only in its log.
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { compileSpace, type Params } from "../../src/core/space/space.ts";
import { type FinalMemory, type Outcome, UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import type { Identity } from "../../src/machine/identity.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { NewStudy } from "../../src/store/records.ts";
import type { Random } from "./mutations.ts";

const SPACE = compileSpace({
  x: { distribution: { kind: "float", low: -1, high: 1, log: false, step: null }, conditions: [] },
  rate: { distribution: { kind: "float", low: 1e-4, high: 1, log: true, step: null }, conditions: [] },
  optimizer: { distribution: { kind: "categorical", choices: ["adam", "sgd"] }, conditions: [] },
});

/** A process that ended before the last boot of this machine. */
const DEAD: Identity = {
  pid: 4_194_399,
  processStart: "1",
  bootId: "an-earlier-boot",
  namespace: null,
  hostname: hostname(),
};

/** Contents of a database, and how its coordinator left it. */
interface Plan {
  readonly studies: number;
  /** Number of trials of each study. */
  readonly trials: number;
  readonly splits: number;
  readonly isClosed: boolean;
  /** The log is written back after this many trials in all; 0: never. */
  readonly backAt: number;
}

/** Writes the databases into a folder. @returns their files. */
export async function makeDatabases(folder: string): Promise<string[]> {
  return [
    await make(folder, "closed", { studies: 1, trials: 60, splits: 3, isClosed: true, backAt: -1 }),
    await make(folder, "died", { studies: 3, trials: 18, splits: 2, isClosed: false, backAt: 30 }),
    await make(folder, "log-only", { studies: 2, trials: 14, splits: 1, isClosed: false, backAt: 0 }),
  ];
}

async function make(
  folder: string,
  name: string,
  { studies, trials, splits, isClosed, backAt }: Plan,
): Promise<string> {
  const draft = join(folder, `${name}.draft`);
  const file = join(folder, `${name}.db`);
  let now = Date.UTC(2030, 0, 1);
  const store = openSqliteStore(draft, { durability: "normal", now: () => now++ });
  const side = openDatabase(draft);
  // A reader of the new file prevents that anything is written back to it.
  if (backAt === 0) side.exec("BEGIN; SELECT count(*) FROM studies;");
  const random = lcg(studies);
  let done = 0;
  for (let i = 0; i < studies; i++) {
    const study = await store.createStudy(studyRecord(`study-${i}`, trials, splits, i === 1), DEAD);
    for (let number = 0; number < trials; number++) {
      await playTrial(study, number, { splits, random, isDouble: i === 1 });
      if (number % 10 === 0) await study.periodic.heartbeat();
      if (++done === backAt) side.pragma("wal_checkpoint(PASSIVE)");
    }
    if (isClosed) await study.release("finished");
    else await openTrial(study, trials, random);
  }
  side.close();
  if (isClosed) await store.close();
  for (const suffix of ["", "-wal"])
    if (existsSync(draft + suffix)) copyFileSync(draft + suffix, file + suffix);
  if (!isClosed) await store.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(draft + suffix, { force: true });
  return file;
}

function studyRecord(name: string, trials: number, splitCount: number, isDouble: boolean): NewStudy {
  return {
    ...{ name, space: SPACE, splitCount, trials, seed: 7, sampler: "tpe", pruner: "none", backend: null },
    directions: isDouble ? ["minimize", "maximize"] : ["minimize"],
    ...{
      splitHash: "splits",
      codeHash: "code",
      studyFile: `/studies/${name}.ts`,
      noise: false,
      maxAttempts: 3,
    },
    settings: { trials: { value: trials, source: "default" } },
    limits: {
      ...{ setupTimeoutMs: 600_000, splitTimeoutMs: null, trialTimeoutMs: 1_800_000 },
      ...{ memoryBytes: 12e9, reserveBytes: 2e9, graceMs: 1_000 },
    },
  };
}

function paramsFrom(random: Random): Params {
  return { x: random() * 2 - 1, rate: 10 ** (-4 * random()), optimizer: random() < 0.5 ? "adam" : "sgd" };
}

async function playTrial(
  study: OwnedStudy,
  number: number,
  { splits, random, isDouble }: { splits: number; random: Random; isDouble: boolean },
): Promise<void> {
  const origin = { by: ["gp", "tpe"][number % 2]!, why: "turn of one sampler among several" };
  const key = await study.startTrial({ number, params: paramsFrom(random), origin });
  await study.recordStart(key, { slot: number % 2, hostPid: 1000 + number, baselineBytes: 90e6 });
  if (splits === 1)
    for (let step = 0; step < 3; step++) await study.recordReport(key, { split: 0, step, value: random() });
  const isBad = number % 11 === 7;
  for (let split = 0; split < (isBad ? 1 : splits); split++) {
    const memory = { ...UNKNOWN_MEMORY, rssBytes: Math.round(1e8 * random()), peakBytes: 120e6 };
    const values = isDouble ? [random(), random()] : [random()];
    await study.recordSplit(key, { split, values, constraints: [], durationMs: 10, memory });
  }
  const final: FinalMemory = {
    ...UNKNOWN_MEMORY,
    rssBytes: Math.round(1e8 * random()),
    peakBytes: 190e6,
    source: "worker",
  };
  await study.finish(
    key,
    isBad
      ? badEnd(number)
      : {
          state: "complete",
          values: isDouble ? [random(), random()] : [random()],
          constraints: number % 5 ? [] : [random() - 0.5],
        },
    final,
    { durationMs: 30 },
  );
}

/** Ends of pruned and failed trials. Some errors have stacks so long that they take several pages. */
function badEnd(number: number): Outcome {
  if (number % 2)
    return { state: "pruned", reason: "memory-limit", detail: { limitBytes: 100, seenBytes: 120 } };
  const error = { name: "TypeError", message: "no", stack: "at somewhere\n".repeat(number % 3 ? 10 : 900) };
  return { state: "fail", reason: "error", detail: { during: "split 0" }, error };
}

/** Adds a trial that was running when its coordinator died, and a trial that waits. */
async function openTrial(study: OwnedStudy, number: number, random: Random): Promise<void> {
  await study.startTrial({ number, params: paramsFrom(random) });
  await study.enqueue({ x: 0.5 });
}

/** A small generator of numbers that are the same on every machine. */
export function lcg(seed: number): Random {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The lower bits of the state are hardly random, so the upper ones are mixed in.
    return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
  };
}
