// BBOB functions 15 to 24, which have many valleys: with a global structure, and with a weak one.

import { type Objective, sum, type Vector } from "../problem.ts";
import {
  asymmetric,
  cosines,
  type Definition,
  type Instance,
  lambda,
  minus,
  outside,
  powers,
  rosenbrockTerms,
  squares,
  times,
  wave,
  waves,
} from "./instance.ts";
import { rosenbrockInput } from "./one-valley.ts";

export const rotatedRastrigin = ({ shift, R, Q, dims }: Instance): Definition => ({
  best: shift,
  f: (x) => {
    const inner = asymmetric(0.2, waves(times(R, minus(x, shift))));
    const z = times(R, lambda(10, times(Q, inner)));
    return 10 * (dims - cosines(z)) + squares(z);
  },
});

const TWELVE = Array.from({ length: 12 }, (_, k) => k);
const weierstrassOf = (value: number): number =>
  sum(TWELVE.map((k) => Math.cos(2 * Math.PI * 3 ** k * (value + 0.5)) / 2 ** k));

export function weierstrass({ shift, R, Q, dims }: Instance): Definition {
  const least = weierstrassOf(0);
  return {
    best: shift,
    f: (x) => {
      const z = times(R, lambda(1 / 100, times(Q, waves(times(R, minus(x, shift))))));
      return 10 * (sum(z.map(weierstrassOf)) / dims - least) ** 3 + (10 / dims) * outside(x);
    },
  };
}

/** Schaffer's F7 in a space that is squeezed by the square root of `condition`. */
export const schaffer =
  (condition: number) =>
  ({ shift, R, Q, dims }: Instance): Definition => ({
    best: shift,
    f: (x) => {
      const z = lambda(condition, times(Q, asymmetric(0.5, times(R, minus(x, shift)))));
      const roots = z.slice(1).map((next, i) => Math.sqrt(Math.hypot(z[i]!, next)));
      const terms = roots.map((root) => root + root * Math.sin(50 * root ** 0.4) ** 2);
      return (sum(terms) / (dims - 1)) ** 2 + 10 * outside(x);
    },
  });

export function griewankRosenbrock(instance: Instance): Definition {
  const { best, z } = rosenbrockInput(instance);
  return {
    best,
    f: (x) => {
      const terms = rosenbrockTerms(z(x)).map((term) => term / 4000 - Math.cos(term));
      return (10 * sum(terms)) / (instance.dims - 1) + 10;
    },
  };
}

export function schwefel({ signs, dims }: Instance): Definition {
  const best = signs.map((sign) => (4.2096874633 / 2) * sign);
  const twice = best.map((value) => 2 * Math.abs(value));
  return {
    best,
    f: (x) => {
      const turned = x.map((value, i) => 2 * signs[i]! * value);
      const chained = turned.map((value, i) =>
        i === 0 ? value : value + 0.25 * (turned[i - 1]! - twice[i - 1]!),
      );
      const z = lambda(10, minus(chained, twice)).map((value, i) => 100 * (value + twice[i]!));
      const waving = sum(z.map((value) => value * Math.sin(Math.sqrt(Math.abs(value)))));
      return -waving / (100 * dims) + 4.189828872724339 + 100 * outside(z.map((value) => value / 100));
    },
  };
}

/**
 * Gallagher's Gaussian peaks: the first is the highest, has the given condition and lies within `inner`; the others lie
 * within `outer`.
 */
export const gallagher =
  (count: number, { condition, inner, outer }: Record<"condition" | "inner" | "outer", number>) =>
  ({ R, dims, uniform, shift }: Instance): Definition => {
    const others = count - 1;
    const conditions = shuffled(
      Array.from({ length: others }, (_, j) => 1000 ** ((2 * j) / (others - 1))),
      uniform,
    );
    const best = shift.map((value) => (value * inner) / 4);
    const peaks = Array.from({ length: count }, (_, i) => {
      const alpha = i === 0 ? condition : conditions[i - 1]!;
      const at = i === 0 ? best : shift.map(() => outer * (2 * uniform() - 1));
      const diagonal = shuffled(powers(Math.sqrt(alpha), dims), uniform);
      return {
        height: i === 0 ? 10 : 1.1 + (8 * (i - 1)) / (others - 1),
        at: times(R, at),
        widths: diagonal.map((value) => value / alpha ** 0.25 / (2 * dims)),
      };
    });
    return {
      best,
      f: (x) => {
        const turned = times(R, x);
        let highest = 0;
        for (const { height, at, widths } of peaks) {
          let distance = 0;
          for (let i = 0; i < dims; i++) distance += widths[i]! * (turned[i]! - at[i]!) ** 2;
          highest = Math.max(highest, height * Math.exp(-distance));
        }
        return wave(10 - highest) ** 2 + outside(x);
      },
    };
  };

function shuffled(values: readonly number[], uniform: () => number): number[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** How far a number is from a whole one, at 32 scales. */
function fractal(value: number): number {
  let total = 0;
  for (let j = 1; j <= 32; j++) {
    const scaled = 2 ** j * value;
    total += Math.abs(scaled - Math.round(scaled)) / 2 ** j;
  }
  return total;
}

export const katsuura = ({ shift, R, Q, dims }: Instance): Definition => ({
  best: shift,
  f: (x) => {
    const z = times(Q, lambda(100, times(R, minus(x, shift))));
    const product = z.reduce((so, value, i) => so * (1 + (i + 1) * fractal(value)) ** (10 / dims ** 1.2), 1);
    return (10 / dims ** 2) * (product - 1) + outside(x);
  },
});

export function lunacek({ signs, R, Q, dims }: Instance): Definition {
  const centre = 2.5;
  const slope = 1 - 1 / (2 * Math.sqrt(dims + 20) - 8.2);
  const other = -Math.sqrt((centre ** 2 - 1) / slope);
  const around = (x: Vector, middle: number): number => squares(x.map((value) => value - middle));
  const f: Objective = (x) => {
    const turned = x.map((value, i) => 2 * signs[i]! * value);
    const z = times(
      Q,
      lambda(
        100,
        times(
          R,
          turned.map((value) => value - centre),
        ),
      ),
    );
    const funnels = Math.min(around(turned, centre), dims + slope * around(turned, other));
    return funnels + 10 * (dims - cosines(z)) + 1e4 * outside(x);
  };
  return { best: signs.map((sign) => (centre / 2) * sign), f };
}
