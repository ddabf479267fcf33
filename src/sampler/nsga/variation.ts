import type { Rng } from "../../core/rng.ts";
import type { Distribution } from "../../core/space/distribution.ts";
import { isActive, type Space } from "../../core/space/space.ts";
import { cellCount, cellIndex, cellValue, fromUnit, toUnit } from "../../core/space/unit-cube.ts";

/** Distribution indices of crossover and mutation: with larger ones children are closer to their parents. */
const CROSSOVER_INDEX = 15;
const MUTATION_INDEX = 20;
/** The chance that a param is crossed rather than taken from the first parent. */
const CROSSOVER_CHANCE = 0.5;
/** A param of at most so many values is mutated by a uniform draw. */
const FEW_CELLS = 12;

/**
 * A child of two rows: numbers by simulated binary crossover and polynomial mutation in the unit interval (Deb and Agrawal,
 * "Simulated Binary Crossover for Continuous Search Space", Complex Systems 9, 1995), choices from either parent. A param
 * that is inactive in one parent comes from the other; one that is inactive in both is drawn.
 */
export function childOf(space: Space, mother: Float64Array, father: Float64Array, stream: Rng): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  const rate = 1 / space.params.length;
  space.params.forEach(({ distribution }, i) => {
    if (!isActive(space, row, i)) return;
    const inherited = crossed(distribution, mother[i]!, father[i]!, stream);
    const isNew = Number.isNaN(inherited);
    if (isNew) row[i] = fromUnit(distribution, stream.next());
    else row[i] = stream.next() < rate ? mutated(distribution, inherited, stream) : inherited;
  });
  return row;
}

/** NaN if the param is inactive in both parents. */
function crossed(distribution: Distribution, one: number, other: number, stream: Rng): number {
  if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) ? other : one;
  if (stream.next() >= CROSSOVER_CHANCE || one === other) return one;
  if (distribution.kind === "categorical") return other;
  const draw = stream.next();
  const exponent = 1 / (CROSSOVER_INDEX + 1);
  const spread = draw < 0.5 ? (2 * draw) ** exponent : (2 - 2 * draw) ** -exponent;
  const [a, b] = [toUnit(distribution, one), toUnit(distribution, other)];
  // The child is near the first parent or, as often, near the second.
  const side = stream.next() < 0.5 ? 1 : -1;
  return fromUnit(distribution, within(0.5 * (a + b + side * spread * (a - b))));
}

function mutated(distribution: Distribution, value: number, stream: Rng): number {
  const cells = cellCount(distribution);
  if (distribution.kind === "categorical" || (cells > 0 && cells <= FEW_CELLS))
    return fromUnit(distribution, stream.next());
  const draw = stream.next();
  const exponent = 1 / (MUTATION_INDEX + 1);
  const step = draw < 0.5 ? (2 * draw) ** exponent - 1 : 1 - (2 - 2 * draw) ** exponent;
  const moved = fromUnit(distribution, within(toUnit(distribution, value) + step));
  if (moved !== value || cells === 0) return moved;
  // A step within the cell would change nothing.
  const next = cellIndex(distribution, value) + (step < 0 ? -1 : 1);
  return cellValue(distribution, Math.min(cells - 1, Math.max(0, next)));
}

/** Folds a position back into the unit interval. */
function within(unit: number): number {
  const folded = unit < 0 ? -unit : unit > 1 ? 2 - unit : unit;
  return Math.min(1, Math.max(0, folded));
}
