import { rng } from "../core/rng.ts";
import type { SplitOrder } from "../core/search/split-order.ts";
import { compileSpace, type Space } from "../core/space/space.ts";

/** A study to simulate, derived from a seed. */
export interface Scenario {
  readonly seed: number;
  readonly sampler: string;
  readonly pruner: string;
  readonly space: Space;
  readonly splitCount: number;
  readonly splitOrder: SplitOrder;
  /** How many reports each split sends; 0 unless the study has one split. */
  readonly reports: number;
  readonly workers: number;
  /** The lag of a deterministic run, or null. */
  readonly lag: number | null;
  readonly trials: number;
  /** The params of trials that are enqueued before the start; the sampler chooses those that are missing. */
  readonly enqueued: readonly Readonly<Record<string, number | string>>[];
  /** The stop rules, as texts. */
  readonly stop: readonly string[];
  readonly failures: number;
  readonly guarded: number;
  /** The standard deviation of a split's value. */
  readonly noise: number;
}

/** Derives the scenario of a seed. Equal seeds give equal scenarios if the lists of samplers and pruners are equal. */
export function scenarioOf(
  seed: number,
  samplers: readonly string[],
  pruners: readonly string[],
  changes: Partial<Scenario> = {},
): Scenario {
  const chance = rng(seed, 0, "scenario");
  const splitCount = [1, 3, 5][chance.int(3)]!;
  const lag = chance.next() < 0.4 ? 8 : null;
  const sampler = samplers[chance.int(samplers.length)]!;
  const pruner = pruners[chance.int(pruners.length)]!;
  const workers = [1, 1, 2, 4, 8][chance.int(5)]!;
  return {
    seed,
    sampler,
    pruner,
    space: SPACE,
    splitCount,
    reports: splitCount === 1 ? 3 : 0,
    workers,
    lag,
    trials: 8 + chance.int(18),
    enqueued: chance.next() < 0.3 ? [{ optimizer: "sgd" }, { learningRate: 0.01, depth: 2 }] : [],
    failures: chance.next() < 0.5 ? 0 : 0.04,
    guarded: chance.next() < 0.5 ? 0 : 0.04,
    // Not where proposals wait for memory: such studies are needed whole, since few crashes come at their points.
    stop: chance.next() < 0.6 || (workers > 1 && lag === null) ? [] : ["no-improvement(trials=6)"],
    splitOrder: chance.next() < 0.5 ? "informative" : "given",
    // With much noise a race stops trials that it would not stop later.
    noise: chance.next() < 0.5 ? 1 : 0.1,
    ...changes,
  };
}

const SPACE = compileSpace({
  learningRate: {
    distribution: { kind: "float", low: 1e-4, high: 1e-1, log: true, step: null },
    conditions: [],
  },
  depth: { distribution: { kind: "int", low: 1, high: 8, log: false, step: 1 }, conditions: [] },
  optimizer: { distribution: { kind: "categorical", choices: ["adam", "sgd"] }, conditions: [] },
  momentum: {
    distribution: { kind: "float", low: 0, high: 0.99, log: false, step: null },
    conditions: [{ parent: "optimizer", values: ["sgd"] }],
  },
});
