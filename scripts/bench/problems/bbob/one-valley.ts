// BBOB functions 1 to 14, which but for the third and fourth have one valley: separable, of low condition, and of high
// condition.

import { sum, type Vector } from "../problem.ts";
import {
  asymmetric,
  back,
  cosines,
  type Definition,
  ellipsoid,
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

export const sphere = ({ shift }: Instance): Definition => ({
  best: shift,
  f: (x) => squares(minus(x, shift)),
});

export const separableEllipsoid = ({ shift }: Instance): Definition => ({
  best: shift,
  f: (x) => ellipsoid(1e6, waves(minus(x, shift))),
});

export const separableRastrigin = ({ shift, dims }: Instance): Definition => ({
  best: shift,
  f: (x) => {
    const z = lambda(10, asymmetric(0.2, waves(minus(x, shift))));
    return 10 * (dims - cosines(z)) + squares(z);
  },
});

export function buecheRastrigin({ shift, dims }: Instance): Definition {
  const isOdd = (i: number): boolean => i % 2 === 0;
  const best = shift.map((value, i) => (isOdd(i) ? Math.abs(value) : value));
  const scales = powers(Math.sqrt(10), dims);
  return {
    best,
    f: (x) => {
      const z = waves(minus(x, best)).map(
        (value, i) => value * scales[i]! * (value > 0 && isOdd(i) ? 10 : 1),
      );
      return 10 * (dims - cosines(z)) + squares(z) + 100 * outside(x);
    },
  };
}

export function linearSlope({ signs, dims }: Instance): Definition {
  const best = signs.map((sign) => 5 * sign);
  const slopes = powers(10, dims).map((power, i) => signs[i]! * power);
  return {
    best,
    f: (x) =>
      sum(slopes.map((slope, i) => 5 * Math.abs(slope) - slope * (best[i]! * x[i]! < 25 ? x[i]! : best[i]!))),
  };
}

export const attractiveSector = ({ shift, R, Q }: Instance): Definition => ({
  best: shift,
  f: (x) => {
    const z = times(Q, lambda(10, times(R, minus(x, shift))));
    return wave(sum(z.map((value, i) => ((value * shift[i]! > 0 ? 100 : 1) * value) ** 2))) ** 0.9;
  },
});

export const stepEllipsoid = ({ shift, R, Q }: Instance): Definition => ({
  best: shift,
  f: (x) => {
    const smooth = lambda(10, times(R, minus(x, shift)));
    const steps = smooth.map((value) =>
      Math.abs(value) > 0.5 ? Math.floor(0.5 + value) : Math.floor(0.5 + 10 * value) / 10,
    );
    const z = times(Q, steps);
    return 0.1 * Math.max(Math.abs(smooth[0]!) / 1e4, ellipsoid(100, z)) + outside(x);
  },
});

const stretch = (dims: number): number => Math.max(1, Math.sqrt(dims) / 8);

export function rosenbrock({ shift, dims }: Instance): Definition {
  const best = shift.map((value) => 0.75 * value);
  return {
    best,
    f: (x) => sum(rosenbrockTerms(minus(x, best).map((value) => stretch(dims) * value + 1))),
  };
}

/** What the rotated functions of Rosenbrock are computed from, and where it is 1. */
export function rosenbrockInput({ R, dims }: Instance) {
  const best: Vector = back(R, new Array<number>(dims).fill(0.5 / stretch(dims)));
  return { best, z: (x: Vector): number[] => times(R, x).map((value) => stretch(dims) * value + 0.5) };
}

export function rotatedRosenbrock(instance: Instance): Definition {
  const { best, z } = rosenbrockInput(instance);
  return { best, f: (x) => sum(rosenbrockTerms(z(x))) };
}

export const rotatedEllipsoid = ({ shift, R }: Instance): Definition => ({
  best: shift,
  f: (x) => ellipsoid(1e6, waves(times(R, minus(x, shift)))),
});

export const discus = ({ shift, R }: Instance): Definition => ({
  best: shift,
  f: (x) => {
    const [first, ...rest] = waves(times(R, minus(x, shift)));
    return 1e6 * first! ** 2 + squares(rest);
  },
});

export const bentCigar = ({ shift, R }: Instance): Definition => ({
  best: shift,
  f: (x) => {
    const [first, ...rest] = times(R, asymmetric(0.5, times(R, minus(x, shift))));
    return first! ** 2 + 1e6 * squares(rest);
  },
});

export const sharpRidge = ({ shift, R, Q }: Instance): Definition => ({
  best: shift,
  f: (x) => {
    const [first, ...rest] = times(Q, lambda(10, times(R, minus(x, shift))));
    return first! ** 2 + 100 * Math.sqrt(squares(rest));
  },
});

export const differentPowers = ({ shift, R, dims }: Instance): Definition => ({
  best: shift,
  f: (x) =>
    Math.sqrt(
      sum(times(R, minus(x, shift)).map((value, i) => Math.abs(value) ** (2 + (4 * i) / (dims - 1)))),
    ),
});
