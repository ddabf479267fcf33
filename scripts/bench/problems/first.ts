// The first set of problems: standard functions of the optimisation literature, a surface like that of training a
// network, a conditional space, and two with two objectives. Optima are moved off the centre, which some samplers try
// first.

import {
  box,
  categorical,
  declare,
  type FrontProblem,
  float,
  floats,
  int,
  LOG,
  numbers,
  type Objective,
  paramsOf,
  type ScalarProblem,
  sum,
  type Vector,
  vectorOf,
} from "./problem.ts";

const golden = 0.6180339887498949;
/** Moves an optimum off the centre of the box, by up to 0.3 of its width. */
const shifted =
  (low: number, high: number, f: Objective): Objective =>
  (x) =>
    f(x.map((v, i) => v - 0.3 * (high - low) * (2 * (((i + 1) * golden) % 1) - 1)));

const sphere: Objective = (z) => sum(z.map((v) => v * v));
const rosenbrock: Objective = (x) =>
  sum(x.slice(1).map((b, i) => 100 * (b - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2));
const ackley: Objective = (z) =>
  -20 * Math.exp(-0.2 * Math.sqrt(sphere(z) / z.length)) -
  Math.exp(sum(z.map((v) => Math.cos(2 * Math.PI * v))) / z.length) +
  20 +
  Math.E;
const rastrigin: Objective = (z) => 10 * z.length + sum(z.map((v) => v * v - 10 * Math.cos(2 * Math.PI * v)));
const griewank: Objective = (z) =>
  1 + sphere(z) / 4000 - z.reduce((product, v, i) => product * Math.cos(v / Math.sqrt(i + 1)), 1);
const levy: Objective = (x) => {
  const w = x.map((v) => 1 + (v - 1) / 4);
  const last = w.at(-1)!;
  const middle = sum(w.slice(0, -1).map((v) => (v - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * v + 1) ** 2)));
  return Math.sin(Math.PI * w[0]!) ** 2 + middle + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2);
};
const branin = (a: number, b: number): number =>
  (b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6) ** 2 +
  10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) +
  10;
const styblinskiTang: Objective = (x) => sum(x.map((v) => v ** 4 - 16 * v * v + 5 * v)) / 2;
const michalewicz: Objective = (x) =>
  -sum(x.map((v, i) => Math.sin(v) * Math.sin(((i + 1) * v * v) / Math.PI) ** 20));

const hartmann =
  (A: readonly Vector[], P: readonly Vector[]): Objective =>
  (x) =>
    -sum(
      [1.0, 1.2, 3.0, 3.2].map(
        (alpha, k) => alpha * Math.exp(-sum(A[k]!.map((a, j) => a * (x[j]! - 1e-4 * P[k]![j]!) ** 2))),
      ),
    );
const hartmann3 = hartmann(
  [
    [3, 10, 30],
    [0.1, 10, 35],
    [3, 10, 30],
    [0.1, 10, 35],
  ],
  [
    [3689, 1170, 2673],
    [4699, 4387, 7470],
    [1091, 8732, 5547],
    [381, 5743, 8828],
  ],
);
const hartmann6 = hartmann(
  [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
  ],
  [
    [1312, 1696, 5569, 124, 8283, 5886],
    [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650],
    [4047, 8828, 8732, 5743, 1091, 381],
  ],
);

/** Two log scales, a bounded float and a log int. Learning rate and momentum interact; too large a rate diverges. */
const training: ScalarProblem = {
  space: declare({
    lr: [float(1e-6, 1, LOG)],
    wd: [float(1e-8, 1e-1, LOG)],
    momentum: [float(0, 0.999)],
    batch: [int(8, 512, LOG)],
  }),
  evaluate: (params) => {
    const [rate, decay, momentum, batch] = numbers(params, "lr", "wd", "momentum", "batch");
    const lr = Math.log10(rate!) + 2.5;
    const wd = Math.log10(decay!) + 4;
    const m = momentum! - 0.9;
    const b = Math.log2(batch!) - 6;
    return (
      0.5 * lr * lr + 0.1 * wd * wd + 2 * m * m + 0.15 * b * b + 0.3 * lr * m + 3 * Math.max(0, lr - 1.5)
    );
  },
  optimum: 0,
};

/** What each choice of kernel adds to the value. */
const KERNELS: Readonly<Record<string, number>> = { rbf: 0, poly: 0.05, linear: 0.1 };
const ACTIVATIONS: Readonly<Record<string, number>> = { relu: 0.02, tanh: 0.05, gelu: 0, sigmoid: 0.12 };

/** A choice of model with params of its own; the optima of the branches are 0.10 (svm), 0.08 (forest), 0.05 (net). */
const conditional: ScalarProblem = {
  space: declare({
    kind: [categorical(["svm", "forest", "net"])],
    svm_c: [float(1e-3, 1e3, LOG), ["kind", ["svm"]]],
    svm_gamma: [float(1e-4, 10, LOG), ["kind", ["svm"]]],
    svm_kernel: [categorical(["rbf", "poly", "linear"]), ["kind", ["svm"]]],
    forest_trees: [int(10, 500, LOG), ["kind", ["forest"]]],
    forest_depth: [int(1, 32), ["kind", ["forest"]]],
    forest_features: [float(0.1, 1), ["kind", ["forest"]]],
    net_lr: [float(1e-5, 1, LOG), ["kind", ["net"]]],
    net_dropout: [float(0, 0.6), ["kind", ["net"]]],
    net_act: [categorical(["relu", "tanh", "gelu", "sigmoid"]), ["kind", ["net"]]],
    net_layers: [int(1, 3), ["kind", ["net"]]],
    net_width0: [int(8, 512, LOG), ["kind", ["net"]]],
    net_width1: [int(8, 512, LOG), ["net_layers", [2, 3]]],
    net_width2: [int(8, 512, LOG), ["net_layers", [3]]],
  }),
  evaluate: (p) => {
    if (p.kind === "svm") {
      const [c, gamma] = numbers(p, "svm_c", "svm_gamma").map(Math.log10);
      return 0.1 + 0.02 * (c! - 1) ** 2 + 0.03 * (gamma! + 1.5) ** 2 + KERNELS[String(p.svm_kernel)]!;
    }
    if (p.kind === "forest") {
      const [trees, depth, features] = numbers(p, "forest_trees", "forest_depth", "forest_features");
      const size = Math.log10(trees! / 200);
      return 0.08 + 0.03 * size ** 2 + 0.0008 * (depth! - 14) ** 2 + 0.3 * (features! - 0.45) ** 2;
    }
    const [rate, dropout, layers] = numbers(p, "net_lr", "net_dropout", "net_layers");
    const lr = Math.log10(rate!) + 3;
    const widths = numbers(p, "net_width0", "net_width1", "net_width2").slice(0, layers!).map(Math.log2);
    const shape = 0.03 * Math.abs(layers! - 2) + (0.01 * sum(widths.map((w) => (w - 7) ** 2))) / layers!;
    return 0.05 + 0.06 * lr * lr + 0.4 * (dropout! - 0.2) ** 2 + ACTIVATIONS[String(p.net_act)]! + shape;
  },
  optimum: 0.05,
};

/** The problems with one objective, by name. */
export const FIRST_SCALAR: Readonly<Record<string, ScalarProblem>> = {
  "sphere-5": box(5, -5, 5, shifted(-5, 5, sphere), 0),
  "rosenbrock-5": box(5, -5, 10, rosenbrock, 0),
  "ackley-10": box(10, -32.768, 32.768, shifted(-32.768, 32.768, ackley), 0),
  "rastrigin-5": box(5, -5.12, 5.12, shifted(-5.12, 5.12, rastrigin), 0),
  "griewank-10": box(10, -600, 600, shifted(-600, 600, griewank), 0),
  "levy-8": box(8, -10, 10, levy, 0),
  branin: {
    ...box(2, 0, 1, () => 0, 0.39788735772973816),
    space: declare({ x0: [float(-5, 10)], x1: [float(0, 15)] }),
    evaluate: ({ x0, x1 }) => branin(Number(x0), Number(x1)),
  },
  hartmann3: box(3, 0, 1, hartmann3, -3.86278214782076),
  hartmann6: box(6, 0, 1, hartmann6, -3.32236801141551),
  "styblinski-tang-6": box(6, -5, 5, styblinskiTang, -39.16616570377142 * 6),
  "michalewicz-5": box(5, 0, Math.PI, michalewicz, -4.687658179088148),
  loglr: training,
  conditional,
  "noisy-hartmann6": { ...box(6, 0, 1, hartmann6, -3.32236801141551), noise: 0.25 },
};

/**
 * ZDT1 (power 0.5) or ZDT2 (power 2) in six params: Zitzler, Deb and Thiele, "Comparison of Multiobjective Evolutionary
 * Algorithms", Evolutionary Computation 8, 2000. The front is y = 1 - x^power.
 */
function zdt(power: number): FrontProblem {
  const reference = [1.1, 7];
  return {
    space: floats(6, 0, 1),
    objectives: (params) => {
      const [x, ...rest] = vectorOf(params, 6);
      const g = 1 + (9 * sum(rest)) / rest.length;
      return [x!, g * (1 - (x! / g) ** power)];
    },
    reference,
    hypervolume: reference[0]! * reference[1]! - 1 + 1 / (power + 1),
    front: () => Array.from({ length: 1001 }, (_, i) => paramsOf([i / 1000, 0, 0, 0, 0, 0])),
  };
}

/** The problems with two objectives, by name. */
export const FIRST_FRONTS: Readonly<Record<string, FrontProblem>> = { zdt1: zdt(0.5), zdt2: zdt(2) };
