// Problems with categoricals, ints, steps, log scales and conditional params. Each is a sum of terms that are 0 or more,
// and all are 0 at the optimum.

import type { Params } from "../../../src/core/space/space.ts";
import { uniforms } from "../noise.ts";
import { dot, minus, powers, rotation, times } from "./bbob/instance.ts";
import {
  categorical,
  declare,
  float,
  int,
  LOG,
  numbers,
  paramsOf,
  type ScalarProblem,
  sum,
  type Vector,
} from "./problem.ts";

type Table = Readonly<Record<string, number>>;

const BOOSTERS: Readonly<Record<string, { readonly worse: number; readonly depth: number }>> = {
  gbtree: { worse: 0, depth: 6 },
  dart: { worse: 0.03, depth: 9 },
  gblinear: { worse: 0.15, depth: 3 },
};

/** Like boosted trees: their number and the learning rate make up for each other. */
export const boosting: ScalarProblem = {
  space: declare({
    booster: [categorical(Object.keys(BOOSTERS))],
    trees: [int(20, 2000, LOG)],
    rate: [float(1e-3, 1, LOG)],
    depth: [int(2, 14)],
    rows: [float(0.3, 1)],
    l2: [float(1e-4, 100, LOG)],
  }),
  evaluate: (params) => {
    const [trees, rate, depth, rows, l2] = numbers(params, "trees", "rate", "depth", "rows", "l2");
    const booster = BOOSTERS[String(params.booster)]!;
    return (
      0.1 +
      booster.worse +
      0.08 * Math.log10((rate! * trees!) / 20) ** 2 +
      0.02 * Math.log10(trees! / 400) ** 2 +
      0.004 * (depth! - booster.depth) ** 2 +
      0.25 * (rows! - 0.8) ** 2 +
      0.01 * Math.log10(l2!) ** 2
    );
  },
  optimum: 0.1,
  best: { booster: "gbtree", trees: 400, rate: 0.05, depth: 6, rows: 0.8, l2: 1 },
};

/** A turned valley in four floats that lies elsewhere for each of 15 pairs of choices. */
export function shiftedByChoice(seed: number): ScalarProblem {
  const uniform = uniforms(seed, 101);
  const turn = rotation(4, uniform);
  const groups: readonly (readonly [name: string, choices: readonly string[]])[] = [
    ["first", ["a", "b", "c", "d", "e"]],
    ["second", ["u", "v", "w"]],
  ];
  const effects = groups.map(([name, choices]) => {
    const best = Math.floor(uniform() * choices.length);
    const moves = choices.map(() => Array.from({ length: 4 }, () => 2 * uniform() - 1));
    return { name, choices, best, moves, worse: choices.map((_, i) => (i === best ? 0 : 1 + 3 * uniform())) };
  });
  const weights = powers(100, 4);
  const choices = Object.fromEntries(effects.map((effect) => [effect.name, [categorical(effect.choices)]]));
  const moved = (at: readonly number[]): Vector =>
    [0, 1, 2, 3].map((i) => sum(effects.map((effect, k) => effect.moves[at[k]!]![i]!)));
  const best = effects.map((effect) => effect.best);
  return {
    space: declare({
      ...(choices as Record<string, [ReturnType<typeof categorical>]>),
      ...Object.fromEntries([0, 1, 2, 3].map((i) => [`x${i}`, [float(-5, 5)] as const])),
    }),
    evaluate: (params) => {
      const at = effects.map((effect) => effect.choices.indexOf(String(params[effect.name])));
      const z = times(turn, minus(numbers(params, "x0", "x1", "x2", "x3"), moved(at)));
      return (
        sum(effects.map((effect, k) => effect.worse[at[k]!]!)) +
        0.05 * sum(z.map((v, i) => weights[i]! * v * v))
      );
    },
    optimum: 0,
    best: {
      ...paramsOf(moved(best)),
      ...Object.fromEntries(effects.map((effect, k) => [effect.name, effect.choices[best[k]!]!])),
    },
  };
}

const LETTERS = ["a", "b", "c", "d"];

/** Eight categoricals of four choices; each pair of neighbours has a table of costs, of which one entry is 0. */
export function chain(seed: number): ScalarProblem {
  const uniform = uniforms(seed, 102);
  const names = Array.from({ length: 8 }, (_, i) => `c${i}`);
  const planted = names.map(() => Math.floor(4 * uniform()));
  const costs = planted.slice(1).map((next, k) =>
    LETTERS.map((_, a) =>
      LETTERS.map((_letter, b) => {
        const cost = 0.1 + 0.9 * uniform();
        return a === planted[k] && b === next ? 0 : cost;
      }),
    ),
  );
  return {
    space: declare(Object.fromEntries(names.map((name) => [name, [categorical(LETTERS)] as const]))),
    evaluate: (params) => {
      const at = names.map((name) => LETTERS.indexOf(String(params[name])));
      return sum(costs.map((table, k) => table[at[k]!]![at[k + 1]!]!));
    },
    optimum: 0,
    best: Object.fromEntries(names.map((name, i) => [name, LETTERS[planted[i]!]!])),
  };
}

/** Ints and floats with steps. The first two ints form a narrow turned valley. */
export const steps: ScalarProblem = {
  space: declare({
    a: [int(0, 40)],
    b: [int(0, 60)],
    c: [float(-5, 5, { step: 0.25 })],
    d: [int(0, 1000, { step: 50 })],
    e: [int(1, 1024, LOG)],
  }),
  evaluate: (params) => {
    const [a, b, c, d, e] = numbers(params, "a", "b", "c", "d", "e");
    const valley = 0.02 * (a! - 12) ** 2 + (b! - a! - 5) ** 2;
    return 0.1 * valley + (c! - 1.75) ** 2 + ((d! - 350) / 200) ** 2 + Math.log2(e! / 64) ** 2;
  },
  optimum: 0,
  best: { a: 12, b: 17, c: 1.75, d: 350, e: 64 },
};

const SCALERS: Table = { none: 0.04, standard: 0, rank: 0.01 };
const PENALTIES: Table = { l1: 0.02, l2: 0.01, elastic: 0 };
const log10 = (params: Params, name: string): number => Math.log10(Number(params[name]));

/** What each model of `pipeline` adds to the value, with params of its own. */
const MODELS: Readonly<Record<string, (params: Params) => number>> = {
  linear: (p) => {
    const ratio = p.penalty === "elastic" ? 0.05 * (Number(p.ratio) - 0.3) ** 2 : 0;
    return 0.08 + PENALTIES[String(p.penalty)]! + 0.01 * (log10(p, "linear_c") - 0.5) ** 2 + ratio;
  },
  kernel: (p) => {
    const shape =
      p.kernel === "rbf" ? 0.03 * (log10(p, "gamma") + 2) ** 2 : 0.04 + 0.02 * (Number(p.degree) - 3) ** 2;
    return 0.03 + 0.02 * (log10(p, "kernel_c") - 1) ** 2 + shape;
  },
  trees: (p) => {
    const boost = p.boost === "yes" ? 0.05 * (log10(p, "rate") + 1.3) ** 2 : 0.05;
    const size = 0.03 * (log10(p, "trees") - 2.5) ** 2 + 0.001 * (Number(p.depth) - 8) ** 2;
    return boost + size;
  },
  net: (p) => {
    const momentum = p.optimizer === "sgd" ? 0.3 * (Number(p.momentum) - 0.9) ** 2 : 0.005;
    const rate = 0.06 * (log10(p, "net_rate") + (p.optimizer === "sgd" ? 1.5 : 3)) ** 2;
    return 0.02 + momentum + rate + 0.008 * (Math.log2(Number(p.width)) - 8) ** 2;
  },
};

/** A choice of model, in which two levels of choices decide which params there are. */
export const pipeline: ScalarProblem = {
  space: declare({
    scaler: [categorical(Object.keys(SCALERS))],
    model: [categorical(Object.keys(MODELS))],
    penalty: [categorical(Object.keys(PENALTIES)), ["model", ["linear"]]],
    linear_c: [float(1e-4, 1e4, LOG), ["model", ["linear"]]],
    ratio: [float(0, 1), ["penalty", ["elastic"]]],
    kernel: [categorical(["rbf", "poly"]), ["model", ["kernel"]]],
    kernel_c: [float(1e-3, 1e3, LOG), ["model", ["kernel"]]],
    gamma: [float(1e-5, 10, LOG), ["kernel", ["rbf"]]],
    degree: [int(2, 6), ["kernel", ["poly"]]],
    trees: [int(10, 1000, LOG), ["model", ["trees"]]],
    depth: [int(1, 20), ["model", ["trees"]]],
    boost: [categorical(["no", "yes"]), ["model", ["trees"]]],
    rate: [float(1e-3, 1, LOG), ["boost", ["yes"]]],
    optimizer: [categorical(["sgd", "adam"]), ["model", ["net"]]],
    net_rate: [float(1e-5, 1, LOG), ["model", ["net"]]],
    momentum: [float(0, 0.999), ["optimizer", ["sgd"]]],
    width: [int(8, 1024, LOG), ["model", ["net"]]],
  }),
  evaluate: (params) => 0.05 + SCALERS[String(params.scaler)]! + MODELS[String(params.model)]!(params),
  // Only whole numbers of trees are possible; 316 is closest to the minimum.
  optimum: 0.05 + 0.03 * (Math.log10(316) - 2.5) ** 2,
  best: { scaler: "standard", model: "trees", trees: 316, depth: 8, boost: "yes", rate: 10 ** -1.3 },
};

const LAYERS = [1, 2, 3, 4, 5];
const ACTIVATIONS: Table = { relu: 0.01, tanh: 0.03, gelu: 0, sigmoid: 0.08 };

/** A stack of layers, each with a width of its own; the best rate depends on their number. */
export const layers: ScalarProblem = {
  space: declare({
    layers: [int(1, 5)],
    rate: [float(1e-5, 1, LOG)],
    activation: [categorical(Object.keys(ACTIVATIONS))],
    ...Object.fromEntries(
      LAYERS.map((i) => [
        `width${i}`,
        [int(8, 1024, LOG), ["layers", LAYERS.filter((n) => n >= i)] as const] as const,
      ]),
    ),
  }),
  evaluate: (params) => {
    const count = Number(params.layers);
    const away = LAYERS.slice(0, count).map((i) => Math.log2(Number(params[`width${i}`])) - (10 - i));
    const rate = log10(params, "rate") + 3 + 0.3 * (count - 3);
    const shape = 0.04 * Math.abs(count - 3) + (0.02 * dot(away, away)) / count;
    return shape + 0.05 * rate ** 2 + ACTIVATIONS[String(params.activation)]!;
  },
  optimum: 0,
  best: { layers: 3, rate: 1e-3, activation: "gelu", width1: 512, width2: 256, width3: 128 },
};
