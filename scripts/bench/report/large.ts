import { rng } from "../../../src/core/rng.ts";
import { uniformRow } from "../../../src/core/space/draw.ts";
import {
  compileSpace,
  type ParamDeclaration,
  type Params,
  type Space,
  toParams,
} from "../../../src/core/space/space.ts";
import { type Outcome, UNKNOWN_MEMORY } from "../../../src/core/trial.ts";
import { currentIdentity } from "../../../src/machine/identity.ts";
import { openSqliteStore } from "../../../src/sqlite/store.ts";

// A database as a long search leaves it: a third of the trials was lost, for reasons that follow from their params.

const number = (kind: "float" | "int", low: number, high: number, log: boolean) => ({
  distribution: { kind, low, high, log, step: kind === "int" ? 1 : null } as never,
  conditions: [],
});

const DECLARED: Readonly<Record<string, ParamDeclaration>> = {
  learningRate: number("float", 1e-5, 1e-1, true),
  units: number("int", 16, 2048, true),
  batch: number("int", 8, 256, true),
  dropout: number("float", 0, 0.6, false),
  optimizer: { distribution: { kind: "categorical", choices: ["adam", "sgd", "rmsprop"] }, conditions: [] },
  momentum: {
    ...number("float", 0, 0.99, false),
    conditions: [{ parent: "optimizer", values: ["sgd"] }],
  },
};

export const SPACE = compileSpace(DECLARED);

/** The space with further params, on which nothing depends, so that it has `count` of them. */
function spaceOf(count: number): Space {
  const more = Array.from({ length: count - SPACE.params.length }, (_, i) => [`extra${i}`, EXTRA] as const);
  return compileSpace({ ...DECLARED, ...Object.fromEntries(more) });
}

const EXTRA = number("float", 0, 1, false);

const SPLITS = 5;
const LIMIT_BYTES = 4e9;

/** What becomes of a trial: it needs memory by the product of two params, and time by one of them. */
function outcomeOf(params: Params, noise: number): { outcome: Outcome; peakBytes: number; splitMs: number } {
  const { learningRate, units, batch, dropout } = params as Record<string, number>;
  const peakBytes = Math.round(2e8 + units! * batch! * 3e4 * (1 + 0.1 * noise));
  const splitMs = 200 + units! * 2;
  if (peakBytes > LIMIT_BYTES)
    return {
      outcome: {
        state: "pruned",
        reason: "memory-limit",
        detail: { limitBytes: LIMIT_BYTES, seenBytes: peakBytes, during: "split 0" },
      },
      peakBytes: LIMIT_BYTES,
      splitMs,
    };
  if (noise > 0.97)
    return {
      outcome: {
        state: "fail",
        reason: "error",
        detail: {},
        error: { name: "Error", message: "a matrix is singular", stack: null },
      },
      peakBytes,
      splitMs,
    };
  const away = Math.log10(learningRate!) + 3;
  const value = 0.95 - 0.03 * away ** 2 - 0.1 * Math.abs(dropout! - 0.25) - 4 / units! + 0.01 * (noise - 0.5);
  return { outcome: { state: "complete", values: [value], constraints: [] }, peakBytes, splitMs };
}

/**
 * Makes the database of a study named `large`.
 *
 * @param trials - How many finished trials of five splits it gets.
 * @param params - How many params it has. @default 6, and no fewer
 */
export async function makeLarge(
  file: string,
  trials: number,
  name = "large",
  seed = 1,
  params = SPACE.params.length,
): Promise<void> {
  const space = spaceOf(params);
  let at = Date.UTC(2026, 0, 1);
  const store = openSqliteStore(file, { durability: "normal", now: () => at });
  const owned = await store.createStudy(
    {
      ...{ name, directions: ["maximize"], space, splitCount: SPLITS, splitHash: "s", codeHash: "c" },
      ...{ studyFile: "/large.ts", seed, sampler: "random", pruner: "none", backend: null },
      ...{ noise: false, trials, maxAttempts: 3, settings: {} },
      limits: {
        ...{ setupTimeoutMs: 60_000, splitTimeoutMs: 60_000, trialTimeoutMs: null },
        ...{ memoryBytes: LIMIT_BYTES, reserveBytes: 0, graceMs: 1 },
      },
    },
    currentIdentity(),
  );
  for (let number = 0; number < trials; number++) {
    const stream = rng(seed, number, "large");
    const row = uniformRow(space, stream);
    const values = toParams(space, row);
    const { outcome, peakBytes, splitMs } = outcomeOf(values, stream.next());
    const key = await owned.startTrial({ number, params: values, origin: { by: "random", why: null } });
    await owned.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: 9e7 });
    const memory = {
      ...UNKNOWN_MEMORY,
      rssBytes: 9.3e7,
      baselineBytes: 9e7,
      peakBytes,
      heapBytes: 2e7,
      tensors: 0,
    };
    const splits = outcome.state === "complete" ? SPLITS : 0;
    for (let split = 0; split < splits; split++) {
      const value = outcome.state === "complete" ? outcome.values[0]! + 0.02 * (split - 2) : 0;
      await owned.recordSplit(key, { split, values: [value], constraints: [], durationMs: splitMs, memory });
    }
    at += splitMs * Math.max(1, splits);
    await owned.finish(
      key,
      outcome,
      { ...memory, source: "worker" },
      { durationMs: splitMs * Math.max(1, splits) },
    );
  }
  await owned.release("stopped");
  await store.close();
}
