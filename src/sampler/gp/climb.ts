import { type Coordinates, toPoint } from "../../core/gaussian-process/coordinates.ts";
import { minimizeInBox } from "../../core/numeric/lbfgsb.ts";
import type { Space } from "../../core/space/space.ts";
import { cellCount, cellIndex, cellValue, fromUnit } from "../../core/space/unit-cube.ts";
import type { Region } from "./candidates.ts";
import type { Scorer } from "./scorer.ts";

/** A row with its score. */
export interface Scored {
  readonly row: Float64Array;
  readonly score: number;
}

/** A number param with at most this many values is not moved like a float: its values are tried one by one. */
const FEW = 8;
const ITERATIONS = 25;
const TOLERANCE = 1e-2;

/** Whether conditions name each param. Such a param keeps its value in a climb, so that the same params stay active. */
function parentsOf(space: Space): Uint8Array {
  const isParent = new Uint8Array(space.params.length);
  for (const { when } of space.params) for (const { parent } of when) isParent[parent] = 1;
  return isParent;
}

/**
 * Makes the two local searches for a better score, which share what they know of the space.
 *
 * @param isTaken - Whether a row must not be proposed again.
 * @param region - Where floats stay; null: anywhere.
 */
export function climber(
  scorer: Scorer,
  lengths: Float64Array,
  isTaken: (row: Float64Array) => boolean,
  region: Region | null,
) {
  const { coordinates } = scorer;
  const { space, numbers, params } = coordinates;
  const isParent = parentsOf(space);
  const point = new Float64Array(coordinates.dims);
  const isSmooth = Uint8Array.from({ length: numbers }, (_, d) => {
    const count = cellCount(space.params[params[d]!]!.distribution);
    return !isParent[params[d]!] && (count === 0 || count > FEW) ? 1 : 0;
  });

  const home = new Float64Array(coordinates.dims);
  if (region) toPoint(coordinates, region.center, home);
  const middle = (d: number): number => home[d]!;
  const reach = (d: number): number => (region ? region.reach[params[d]!]! : 1);

  const scored = (row: Float64Array): Scored => {
    if (isTaken(row)) return { row, score: Number.NEGATIVE_INFINITY };
    toPoint(coordinates, row, point);
    return { row, score: scorer.scoreAt(point) };
  };

  /** Moves all floats, and the ints and steps of many values as if they were floats, then rounds these. */
  function climb(from: Scored): Scored {
    const { row } = from;
    const moved = Array.from({ length: numbers }, (_, d) => d).filter(
      (d) => isSmooth[d] && !Number.isNaN(row[params[d]!]),
    );
    if (moved.length === 0) return from;
    toPoint(coordinates, row, point);
    const gradient = new Float64Array(numbers);
    // In units of the lengthscales the surface is about as steep in every direction.
    const widths = moved.map((d) => Math.min(1, lengths[params[d]!]!));
    const { x } = minimizeInBox(
      {
        dims: moved.length,
        low: Float64Array.from(moved, (d, k) => Math.max(0, middle(d) - reach(d)) / widths[k]!),
        high: Float64Array.from(moved, (d, k) => Math.min(1, middle(d) + reach(d)) / widths[k]!),
        evaluate(at, slopes) {
          for (const [k, d] of moved.entries()) point[d] = at[k]! * widths[k]!;
          const score = scorer.scoreWithSlopes(point, gradient);
          for (const [k, d] of moved.entries()) slopes[k] = -gradient[d]! * widths[k]!;
          return -score;
        },
      },
      Float64Array.from(moved, (d, k) => point[d]! / widths[k]!),
      { maxIterations: ITERATIONS, gradientTolerance: TOLERANCE },
    );
    const better = row.slice();
    for (const [k, d] of moved.entries())
      better[params[d]!] = fromUnit(
        space.params[params[d]!]!.distribution,
        Math.min(1, Math.max(0, x[k]! * widths[k]!)),
      );
    const there = scored(better);
    return there.score > from.score ? there : from;
  }

  /** Tries other values of each param that has cells: all if they are few, else the neighbours. */
  function exchange(from: Scored): Scored {
    let best = from;
    for (let p = 0; p < space.params.length; p++) {
      const { distribution } = space.params[p]!;
      const value = best.row[p]!;
      if (isParent[p] || Number.isNaN(value) || cellCount(distribution) < 2) continue;
      const home = cellIndex(distribution, value);
      for (const cell of otherCells(cellCount(distribution), home)) {
        const row = best.row.slice();
        row[p] = cellValue(distribution, cell);
        const there = scored(row);
        if (there.score > best.score) best = there;
      }
    }
    return best;
  }

  return { scored, climb, exchange };
}

function otherCells(count: number, home: number): number[] {
  const cells = count <= FEW ? Array.from({ length: count }, (_, cell) => cell) : [home - 1, home + 1];
  return cells.filter((cell) => cell >= 0 && cell < count && cell !== home);
}

/** The lengthscale of each param of the space; that of a param without a dimension is 1. */
export function lengthsOf({ space, dimensions }: Coordinates, weights: Float64Array): Float64Array {
  return Float64Array.from(space.params, (_, p) =>
    dimensions[p]! < 0 ? 1 : weights[dimensions[p]!]! ** -0.5,
  );
}
