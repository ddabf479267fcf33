// Gradient boosting of regression trees, with features divided into bins.

import type { Table } from "./data.ts";

const BINS = 24;

interface Shape {
  readonly rate: number;
  readonly depth: number;
  /** The least number of rows in a leaf. */
  readonly leaf: number;
  readonly trees: number;
}

/** @returns the mean squared error on the rows of a fold after each tree, trained on the other rows. */
export function boost({ rows, targets }: Table, folds: Uint8Array, fold: number, shape: Shape): number[] {
  const bins = rows[0]!.map((_, f) => inBins(rows.map((row) => row[f]!)));
  const train = [...rows.keys()].filter((row) => folds[row] !== fold);
  const test = [...rows.keys()].filter((row) => folds[row] === fold);
  const mean = train.reduce((sum, row) => sum + targets[row]!, 0) / train.length;
  const residual = Float64Array.from(targets, (target) => target - mean);
  const losses: number[] = [];
  for (let tree = 0; tree < shape.trees; tree++) {
    grow(bins, residual, train, test, shape, shape.depth);
    losses.push(test.reduce((sum, row) => sum + residual[row]! ** 2, 0) / test.length);
  }
  return losses;
}

/** The bin of each value, by quantiles. */
function inBins(column: readonly number[]): Uint8Array {
  const sorted = [...column].sort((a, b) => a - b);
  const edges = Array.from(
    { length: BINS - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / BINS)]!,
  );
  return Uint8Array.from(column, (value) => edges.filter((edge) => value >= edge).length);
}

/** Grows a node, and subtracts the predictions of its leaves from the residuals of both sets. */
function grow(
  bins: readonly Uint8Array[],
  residual: Float64Array,
  train: readonly number[],
  test: readonly number[],
  { rate, leaf }: Shape,
  depth: number,
): void {
  const cut = depth > 0 ? bestCut(bins, residual, train, leaf) : null;
  if (cut === null) {
    const step = (rate * train.reduce((sum, row) => sum + residual[row]!, 0)) / train.length;
    for (const row of train) residual[row]! -= step;
    for (const row of test) residual[row]! -= step;
    return;
  }
  const isLow = (row: number): boolean => bins[cut.feature]![row]! <= cut.bin;
  const shape = { rate, leaf, depth, trees: 1 };
  const high = [train.filter((row) => !isLow(row)), test.filter((row) => !isLow(row))] as const;
  grow(bins, residual, train.filter(isLow), test.filter(isLow), shape, depth - 1);
  grow(bins, residual, ...high, shape, depth - 1);
}

function bestCut(bins: readonly Uint8Array[], residual: Float64Array, rows: readonly number[], leaf: number) {
  let best: { feature: number; bin: number } | null = null;
  let bestGain = 1e-12;
  const total = rows.reduce((sum, row) => sum + residual[row]!, 0);
  for (let feature = 0; feature < bins.length; feature++) {
    const sums = new Float64Array(BINS);
    const counts = new Int32Array(BINS);
    for (const row of rows) {
      sums[bins[feature]![row]!]! += residual[row]!;
      counts[bins[feature]![row]!]!++;
    }
    let [sum, count] = [0, 0];
    for (let bin = 0; bin < BINS - 1; bin++) {
      sum += sums[bin]!;
      count += counts[bin]!;
      if (count < leaf || rows.length - count < leaf || counts[bin] === 0) continue;
      const gain = sum ** 2 / count + (total - sum) ** 2 / (rows.length - count) - total ** 2 / rows.length;
      if (gain > bestGain) [best, bestGain] = [{ feature, bin }, gain];
    }
  }
  return best;
}
