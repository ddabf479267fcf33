// Makes the database whose trials the random expressions are about: all states, and values that are hard to compare.
import { compileSpace, type Params } from "../../../src/core/space/space.ts";
import { type FinalMemory, type Outcome, UNKNOWN_MEMORY } from "../../../src/core/trial.ts";
import { currentIdentity } from "../../../src/machine/identity.ts";
import { openSqliteStore } from "../../../src/sqlite/store.ts";
import type { OwnedStudy } from "../../../src/store/owned-study.ts";
import { lcg } from "../databases.ts";
import type { Random } from "../mutations.ts";

/** How a param is declared here: the choices of a categorical one; of a number, from where to where. */
export interface Param {
  readonly choices?: readonly (string | number | boolean | null)[];
  readonly range?: readonly [kind: "int" | "float", low: number, high: number];
  /** The value of `optimizer` with which it is active. @default always */
  readonly when?: string;
}

/** The params. Their names are those of columns, begin like numbers, or are no words of the language. */
export const PARAMS: Readonly<Record<string, Param>> = {
  rate: { range: ["float", 1e-5, 1] },
  units: { range: ["int", 16, 2048] },
  huge: { range: ["float", -1e300, 1e300] },
  whole: { range: ["int", -(2 ** 53 - 1), 2 ** 53 - 1] },
  value: { range: ["int", 0, 9] },
  "3d": { range: ["int", 0, 3] },
  "a-b.c": { range: ["float", -2, 2] },
  "a--": { range: ["int", -3, 3] },
  optimizer: {
    choices: ["adam", "sgd", "ada grad", "it's", 'say "hi"', "back\\slash", "Größe 😀", "", "in"],
  },
  momentum: { range: ["float", 0, 1], when: "sgd" },
  nesterov: { choices: [true, false], when: "sgd" },
  flag: { choices: [true, false] },
  mixed: { choices: ["auto", "2", 2, 2.5, "1e3", 1000] },
  size: { choices: ["3d", "16", "2x2-conv", "true", "null", "and", "rate"] },
  nothing: { choices: [null, "on", "error"] },
};

/** The study of one direction, and the one of two. */
export const STUDIES: Readonly<Record<string, 1 | 2>> = { one: 1, "two-directions": 2 };
const TRIALS = 70;
const SPLITS = 3;
const WORDS = ["", "2", "1000", "16", 'a "quote"', "it's", "line\nbreak", "Ünïcode 😀", "sgd", "sgd "];

/** Makes the database. */
export async function makeStudies(file: string): Promise<void> {
  let at = Date.UTC(2026, 0, 1);
  const store = openSqliteStore(file, { durability: "normal", now: () => at });
  const declared = Object.entries(PARAMS).map(([name, { choices, range, when }]) => {
    const conditions = when === undefined ? [] : [{ parent: "optimizer", values: [when] }];
    if (choices) return [name, { distribution: { kind: "categorical", choices }, conditions }] as const;
    const [kind, low, high] = range!;
    const distribution = { kind, low, high, log: false, step: kind === "int" ? 1 : null } as never;
    return [name, { distribution, conditions }] as const;
  });
  for (const [name, directions] of Object.entries(STUDIES)) {
    const random = lcg(directions);
    const owned = await store.createStudy(
      {
        ...{ name, directions: (["maximize", "minimize"] as const).slice(0, directions) },
        ...{
          space: compileSpace(Object.fromEntries(declared)),
          splitCount: SPLITS,
          splitHash: "s",
          codeHash: "c",
        },
        ...{ studyFile: "/made.ts", seed: 1, sampler: "random", pruner: "race", backend: null, noise: false },
        ...{ trials: TRIALS, maxAttempts: 3, settings: {} },
        limits: {
          ...{ setupTimeoutMs: 60_000, splitTimeoutMs: 60_000, trialTimeoutMs: null },
          ...{ memoryBytes: 4e9, reserveBytes: 0, graceMs: 1 },
        },
      },
      currentIdentity(),
    );
    for (let number = 0; number < TRIALS; number++) {
      at += Math.floor(random() * 4 * 3_600_000);
      await play(owned, number, directions, random);
    }
    await owned.enqueue({ units: 16 });
    await owned.enqueue({});
    await owned.release("stopped");
  }
  await store.close();
}

function draw(random: Random): Params {
  const params: Record<string, string | number | boolean | null> = {};
  for (const [name, { choices, range, when }] of Object.entries(PARAMS)) {
    if (when !== undefined && params.optimizer !== when) continue;
    if (choices) params[name] = choices[Math.floor(random() ** 1.5 * choices.length)]!;
    else {
      const [kind, low, high] = range!;
      const edge = random();
      const found = edge < 0.05 ? low : edge < 0.1 ? high : low + random() ** 2 * (high - low);
      params[name] = kind === "int" ? Math.round(found) : edge > 0.8 ? Number(found.toPrecision(1)) : found;
    }
  }
  return params;
}

async function play(owned: OwnedStudy, number: number, directions: number, random: Random): Promise<void> {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const origin = { by: pick(["tpe", "gp", "enqueued", "my-own"]), why: random() < 0.5 ? null : pick(WORDS) };
  const key = await owned.startTrial(
    random() < 0.9 ? { number, params: draw(random), origin } : { number, params: draw(random) },
  );
  if (number % 23 === 5) return; // it still runs
  await owned.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: random() < 0.2 ? null : 9e7 });
  const values = () => Array.from({ length: directions }, () => pick([0, -1, 0.5, 1e-9, 2 * random() - 1]));
  const end = endOf(values, pick, random);
  const splits = end.state === "complete" ? SPLITS : Math.floor(random() * SPLITS);
  for (let split = 0; split < splits; split++)
    await owned.recordSplit(key, {
      ...{ split, values: values(), constraints: [], durationMs: 10, memory: UNKNOWN_MEMORY },
    });
  const memory: FinalMemory = {
    ...UNKNOWN_MEMORY,
    rssBytes: random() < 0.2 ? null : Math.round(random() * 3e9),
    baselineBytes: random() < 0.2 ? null : 9e7,
    peakBytes: random() < 0.1 ? null : pick([2e9, 4e9, Math.round(random() * 5e9)]),
    tensors: random() < 0.5 ? null : pick([0, 3, 70]),
    source: pick(["worker", "guard"]),
  };
  await owned.finish(key, end, memory, {
    durationMs: pick([1, 1_000, 60_000, 300_000, Math.round(random() * 1e7)]),
  });
}

function endOf(values: () => number[], pick: <T>(of: readonly T[]) => T, random: Random): Outcome {
  const dice = random();
  if (dice < 0.5)
    return {
      state: "complete",
      values: values(),
      constraints: pick([[], [], [-1], [0.5], [0.25, 2], [-1, 0]]),
    };
  if (dice < 0.65)
    return {
      state: "pruned",
      reason: "pruner",
      detail: { pruner: "race", estimate: pick([0.5, random()]), estimateSd: 0.1, splits: 2 },
    };
  if (dice < 0.75) {
    const detail = { limitBytes: 4e9, seenBytes: 4e9 + Math.round(random() * 1e9), during: "split 2" };
    return { state: "pruned", reason: "memory-limit", detail };
  }
  if (dice < 0.85) {
    const detail = { limitMs: 60_000, seenMs: 60_000 + Math.round(random() * 1e4), during: pick(WORDS) };
    return { state: "pruned", reason: "split-timeout", detail };
  }
  const reason = pick(["error", "exit", "crash"] as const);
  const error = { name: "Error", message: pick(WORDS), stack: null };
  return { state: "fail", reason, detail: { during: 2, more: pick<never>(WORDS as never) }, error };
}
