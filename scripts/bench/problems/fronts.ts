// Problems with two and three objectives whose fronts are known.

import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import {
  categorical,
  declare,
  type FrontProblem,
  float,
  floats,
  int,
  LOG,
  numbers,
  paramsOf,
  sum,
  vectorOf,
} from "./problem.ts";

const shares = Array.from({ length: 1001 }, (_, i) => i / 1000);

/** ZDT4: many local fronts. Zitzler, Deb and Thiele, Evolutionary Computation 8, 2000. */
export const zdt4: FrontProblem = {
  space: {
    ...floats(5, -5, 5),
    ...floats(1, 0, 1),
  },
  objectives: (params) => {
    const [x, ...rest] = vectorOf(params, 5);
    const g = 1 + 10 * rest.length + sum(rest.map((v) => v * v - 10 * Math.cos(4 * Math.PI * v)));
    return [x!, g * (1 - Math.sqrt(x! / g))];
  },
  // Far out, so that early trials count: with 30 in place of 100 none of the first 100 quasi-random points would.
  reference: [1.1, 100],
  hypervolume: 1.1 * 100 - 1 / 3,
  front: () => shares.map((x) => paramsOf([x, 0, 0, 0, 0])),
};

/** Where the front of ZDT6 begins: the least value of its first objective. */
const ZDT6_LEAST = leastOfZdt6();

function zdt6First(x: number): number {
  return 1 - Math.exp(-4 * x) * Math.sin(6 * Math.PI * x) ** 6;
}

/** The derivative is 0 where tan(6 pi x) = 9 pi, first at this x. */
function leastOfZdt6(): number {
  return zdt6First(Math.atan(9 * Math.PI) / (6 * Math.PI));
}

/** ZDT6: points crowd together at one end of the front, and are thin close to it. */
export const zdt6: FrontProblem = {
  space: floats(5, 0, 1),
  objectives: (params) => {
    const [x, ...rest] = vectorOf(params, 5);
    const g = 1 + 9 * (sum(rest) / rest.length) ** 0.25;
    const first = zdt6First(x!);
    return [first, g * (1 - (first / g) ** 2)];
  },
  reference: [1.1, 10],
  hypervolume: 0.1 * 10 + (1 - ZDT6_LEAST) * 9 + (1 - ZDT6_LEAST ** 3) / 3,
  front: () => shares.map((x) => paramsOf([x, 0, 0, 0, 0])),
};

/**
 * DTLZ2 in seven params and three objectives, whose front is an eighth of a sphere: Deb, Thiele, Laumanns and Zitzler,
 * "Scalable Multi-Objective Optimization Test Problems", CEC 2002.
 */
export const dtlz2: FrontProblem = {
  space: floats(7, 0, 1),
  objectives: (params) => {
    const [a, b, ...rest] = vectorOf(params, 7);
    const radius = 1 + sum(rest.map((v) => (v - 0.5) ** 2));
    const [first, second] = [(a! * Math.PI) / 2, (b! * Math.PI) / 2];
    return [
      radius * Math.cos(first) * Math.cos(second),
      radius * Math.cos(first) * Math.sin(second),
      radius * Math.sin(first),
    ];
  },
  reference: [2, 2, 2],
  hypervolume: 8 - Math.PI / 6,
  front: () => {
    const ends = Array.from({ length: 31 }, (_, i) => i / 30);
    return ends.flatMap((a) => ends.map((b) => paramsOf([a, b, 0.5, 0.5, 0.5, 0.5, 0.5])));
  },
};

const ACTIVATIONS: Readonly<Record<string, number>> = { relu: 0.1, tanh: 0.2, gelu: 0 };
const WIDTHS = Array.from({ length: 505 }, (_, i) => 8 + i);
const costOf = (width: number): number => Math.log2(width / 8) / 6;
const FRONT_REFERENCE = [1.1, 2];

/** The cost and the error of a net; its width trades one for the other, the other params only make it worse. */
export const costAndError: FrontProblem = {
  space: declare({
    width: [int(8, 512, LOG)],
    activation: [categorical(Object.keys(ACTIVATIONS))],
    rate: [float(1e-5, 1, LOG)],
    dropout: [float(0, 0.6)],
  }),
  objectives: (params) => {
    const [width, rate, dropout] = numbers(params, "width", "rate", "dropout");
    const cost = costOf(width!);
    const worse = 0.1 * (Math.log10(rate!) + 3) ** 2 + 2 * (dropout! - 0.2) ** 2;
    return [cost, 1 - Math.sqrt(cost) + worse + ACTIVATIONS[String(params.activation)]!];
  },
  reference: FRONT_REFERENCE,
  hypervolume: hypervolume(
    WIDTHS.map((width) => [costOf(width), 1 - Math.sqrt(costOf(width))]),
    FRONT_REFERENCE,
  ),
  front: () => WIDTHS.map((width) => ({ width, activation: "gelu", rate: 1e-3, dropout: 0.2 })),
};
