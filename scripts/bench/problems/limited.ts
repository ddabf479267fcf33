// Problems in which a part of the space is forbidden: by constraints that are told with the value, or because trials
// there are killed or fail.

import { uniforms } from "../noise.ts";
import { dot, minus, powers, rotation, times } from "./bbob/instance.ts";
import { boosting } from "./mixed.ts";
import {
  box,
  categorical,
  type Death,
  declare,
  float,
  int,
  LOG,
  numbers,
  paramsOf,
  type ScalarProblem,
  sum,
  type Vector,
  vectorOf,
} from "./problem.ts";

/** A turned quadratic valley with its least value, 0, at `middle`. */
export function valley(middle: Vector, condition: number, uniform: () => number) {
  const dims = middle.length;
  const turn = rotation(dims, uniform);
  const weights = powers(condition, dims);
  const weigh = (z: Vector): number[] => z.map((value, i) => weights[i]! * value);
  return {
    f: (x: Vector): number => {
      const z = times(turn, minus(x, middle));
      return dot(z, weigh(z));
    },
    /** Half of the gradient. */
    slope: (x: Vector): number[] => {
      const z = weigh(times(turn, minus(x, middle)));
      return middle.map((_, i) => sum(turn.map((row, j) => row[i]! * z[j]!)));
    },
  };
}

const unit = (x: Vector): number[] => x.map((value) => value / Math.sqrt(dot(x, x)));

/** Branin's function, of whose three minima only the first lies within the disc that is feasible. */
export function disc(branin: ScalarProblem): ScalarProblem {
  return {
    ...branin,
    constraints: (params) => {
      const [x0, x1] = numbers(params, "x0", "x1");
      return [((x0! - 2.5) ** 2 + (x1! - 7.5) ** 2 - 50) / 50];
    },
    best: { x0: Math.PI, x1: 2.275 },
  };
}

/**
 * A turned valley of five floats, cut by a plane that touches a level of the function: where it touches, the function
 * has its least feasible value, because it is convex.
 */
export function tangentPlane(seed: number): ScalarProblem {
  const uniform = uniforms(seed, 103);
  const draw = (size: number): number[] => Array.from({ length: 5 }, () => size * (2 * uniform() - 1));
  const [middle, touch] = [draw(3), draw(3)];
  const { f, slope } = valley(middle, 100, uniform);
  const normal = unit(slope(touch));
  return {
    ...box(5, -5, 5, f, f(touch)),
    constraints: (params) => [-dot(normal, minus(vectorOf(params, 5), touch))],
    best: paramsOf(touch),
  };
}

/** `boosting`, where large models look better the more they exceed a limit of size, and cost must stay small. */
export const budget: ScalarProblem = {
  ...boosting,
  evaluate: (params) => boosting.evaluate(params) - 0.3 * Math.max(0, sizeOf(params)),
  constraints: (params) => [sizeOf(params), Number(params.rows) - (params.booster === "dart" ? 0.5 : 0.9)],
};

function sizeOf(params: Parameters<ScalarProblem["evaluate"]>[0]): number {
  const [trees, depth] = numbers(params, "trees", "depth");
  return Math.log10((trees! * depth!) / 3000);
}

const killedAt = (use: number): Death | null =>
  use > 1 ? { state: "pruned", reason: "memory-limit", overrun: use - 1 } : null;

/** A net that runs out of memory where units x batch is large; the best ones are close to that. */
export const product: ScalarProblem = {
  space: declare({
    units: [int(16, 4096, LOG)],
    batch: [int(8, 1024, LOG)],
    rate: [float(1e-5, 1, LOG)],
    dropout: [float(0, 0.7)],
  }),
  evaluate: (params) => {
    const [units, batch, rate, dropout] = numbers(params, "units", "batch", "rate", "dropout");
    const [u, b] = [Math.log2(units! / 2048), Math.log2(batch! / 32)];
    return 0.03 * u * u + 0.02 * b * b + 0.1 * (Math.log10(rate!) + 3 - 0.1 * b) ** 2 + (dropout! - 0.2) ** 2;
  },
  optimum: 0,
  best: { units: 2048, batch: 32, rate: 1e-3, dropout: 0.2 },
  death: ({ units, batch }) => killedAt((Number(units) * Number(batch)) / 2 ** 16.5),
};

/** Five floats, of which two together decide about memory; the best values lie at the limit. */
export const total: ScalarProblem = {
  ...box(5, 0, 1, (x) => sum(x.map((value) => (value - 0.9) ** 2)), 2 * 0.25 ** 2),
  best: paramsOf([0.65, 0.65, 0.9, 0.9, 0.9]),
  death: (params) => {
    const [x0, x1] = vectorOf(params, 2);
    // The optimum itself must not be killed by a rounding error.
    return killedAt((x0! + x1!) / 1.3 - 1e-12);
  },
};

/** A turned valley of four floats close to an oblique plane, beyond which trials fail: a quarter of the space. */
export function quarterFails(seed: number): ScalarProblem {
  const uniform = uniforms(seed, 104);
  const normal = unit([1, 2, 3, 4].map(() => 2 * uniform() - 1));
  const middle = normal.map((value) => 0.34 * value);
  const { f } = valley(middle, 30, uniform);
  return {
    ...box(4, -1, 1, f, 0),
    best: paramsOf(middle),
    death: (params) => (dot(normal, vectorOf(params, 4)) > 0.39 ? { state: "fail" } : null),
  };
}

const SIZES = ["tiny", "small", "large", "huge"];
const PRECISIONS = ["int8", "bf16", "fp32", "fp64"];
const PRECISION_WORSE = [0.06, 0, 0.002, 0.002];

/** A model's size, its precision and the batch decide together about memory; the best is right at the limit. */
export const precision: ScalarProblem = {
  space: declare({
    size: [categorical(SIZES)],
    precision: [categorical(PRECISIONS)],
    batch: [int(4, 64, LOG)],
    rate: [float(1e-5, 1e-1, LOG)],
    warmup: [float(0, 0.3)],
  }),
  evaluate: (params) => {
    const [batch, rate, warmup] = numbers(params, "batch", "rate", "warmup");
    const size = SIZES.indexOf(String(params.size));
    const worse = PRECISION_WORSE[PRECISIONS.indexOf(String(params.precision))]!;
    const step = Math.log10(rate!) + 3 + 0.2 * (size - 3);
    return (
      0.04 * (3 - size) + worse + 0.02 * Math.log2(batch! / 16) ** 2 + 0.05 * step ** 2 + (warmup! - 0.1) ** 2
    );
  },
  optimum: 0,
  best: { size: "huge", precision: "bf16", batch: 16, rate: 1e-3, warmup: 0.1 },
  death: ({ size, precision: bits, batch }) => {
    const parts =
      SIZES.indexOf(String(size)) + PRECISIONS.indexOf(String(bits)) + Math.log2(Number(batch)) / 4;
    return killedAt(2 ** (parts - 5));
  },
};
