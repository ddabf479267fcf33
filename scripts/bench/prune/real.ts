// Real models on real tables. The true value of params is the mean over many divisions into folds that no study sees.

import { categorical, int } from "../../../src/core/space/param.ts";
import type { Params } from "../../../src/core/space/space.ts";
import { uniforms } from "../noise.ts";
import { boost } from "./boosting.ts";
import { cars, digits, penguins, type Table } from "./data.ts";
import { neighbours, votesLoss } from "./neighbours.ts";
import type { SplitProblem } from "./problem.ts";

const FOLDS = 5;
/** Number of divisions that studies use: the n-th study gets the n-th one, and the first again after the last. */
const DIVISIONS = 20;

function memo<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, make(key));
    return known.get(key)!;
  };
}

/** The fold of each row in a division. */
function divide(rows: number, division: number): Uint8Array {
  const uniform = uniforms(division, 77);
  const places = Array.from({ length: rows }, (_, row) => ({ row, at: uniform() })).sort(
    (a, b) => a.at - b.at,
  );
  const folds = new Uint8Array(rows);
  places.forEach(({ row }, i) => {
    folds[row] = i % FOLDS;
  });
  return folds;
}

/** @param loss - The loss of a model with these params on a fold, fitted on the other folds. */
function crossValidated(
  space: SplitProblem["space"],
  rows: number,
  loss: (params: Params, folds: Uint8Array, fold: number) => number,
): SplitProblem {
  const folds = memo((division) => divide(rows, Number(division)));
  const lossOf = memo((key) => {
    const { params, division, fold } = JSON.parse(key) as { params: Params; division: number; fold: number };
    return loss(params, folds(String(division)), fold);
  });
  const score = (params: Params, division: number, fold: number): number =>
    lossOf(JSON.stringify({ params, division, fold }));
  const truth = memo((key) => {
    const params = JSON.parse(key) as Params;
    let sum = 0;
    for (let division = 0; division < DIVISIONS; division++)
      for (let fold = 0; fold < FOLDS; fold++) sum += score(params, DIVISIONS + division, fold);
    return sum / (DIVISIONS * FOLDS);
  });
  return {
    space,
    splitCount: FOLDS,
    noise: false,
    truth: (params) => truth(JSON.stringify(params)),
    score: (params, { seed, split }) => score(params, seed % DIVISIONS, split),
  };
}

/** Nearest neighbours; the loss is the smoothed logarithm of the share of votes. */
function nearest(
  table: Table,
  weigh: (params: Params) => (row: readonly number[]) => number[],
  space: SplitProblem["space"],
): SplitProblem {
  const order = memo((key) => {
    const params = JSON.parse(key) as Params;
    return neighbours(table.rows.map(weigh(params)), Number(params.power));
  });
  const classes = new Set(table.targets).size;
  return crossValidated(space, table.rows.length, ({ k, smoothing, ...rest }, folds, fold) =>
    votesLoss(table.targets, order(JSON.stringify(rest)), folds, fold, {
      k: Number(k),
      classes,
      smoothing: 2 ** Number(smoothing),
    }),
  );
}

const VOTES = { k: int(1, 25), smoothing: int(-6, 2), power: categorical([1, 2]) };

/** Classifies penguins into three species; the params are the weights of the measures. */
export function penguinsProblem(): SplitProblem {
  const table = penguins();
  const spreads = table.rows[0]!.map((_, i) => {
    const column = table.rows.map((row) => row[i]!);
    const middle = column.reduce((sum, value) => sum + value, 0) / column.length;
    return Math.sqrt(column.reduce((sum, value) => sum + (value - middle) ** 2, 0) / column.length);
  });
  const weigh = (params: Params) => {
    const weights = [1, 2 ** Number(params.depth), 2 ** Number(params.flipper), 2 ** Number(params.mass)];
    return (row: readonly number[]) => row.map((value, i) => (value / spreads[i]!) * weights[i]!);
  };
  return nearest(table, weigh, { ...VOTES, depth: int(-2, 1), flipper: int(-2, 1), mass: int(-3, 0) });
}

/** Classifies digits; the params are the contrast and the weight of the border. */
export function digitsProblem(): SplitProblem {
  const isBorder = (cell: number): boolean => cell < 7 || cell >= 42 || cell % 7 === 0 || cell % 7 === 6;
  const weigh = (params: Params) => (row: readonly number[]) =>
    row.map(
      (value, cell) => value ** (2 ** Number(params.contrast)) * (isBorder(cell) ? Number(params.border) : 1),
    );
  return nearest(digits(), weigh, { ...VOTES, contrast: int(-2, 1), border: categorical([0, 0.5, 1, 2]) });
}

/** Predicts the miles per gallon of cars by boosted trees; the loss is the squared error. */
export function carsProblem(): SplitProblem {
  const table = cars();
  const space = {
    rate: int(0, 5),
    depth: int(1, 5),
    trees: int(10, 100, { step: 10 }),
    leaf: categorical([1, 5, 20]),
  };
  const fitted = memo((key) => {
    const { rate, depth, leaf, folds, fold } = JSON.parse(key) as Record<
      "rate" | "depth" | "leaf" | "fold",
      number
    > & { folds: string };
    return boost(table, Uint8Array.from(folds, Number), fold, {
      rate: 0.02 * 2 ** rate,
      depth,
      leaf,
      trees: 100,
    });
  });
  return crossValidated(space, table.rows.length, ({ trees, ...rest }, folds, fold) => {
    const losses = fitted(JSON.stringify({ ...rest, folds: folds.join(""), fold }));
    return losses[Number(trees) - 1]!;
  });
}
