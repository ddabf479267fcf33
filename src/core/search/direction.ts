/**
 * Whether a smaller or a larger value of an objective is better.
 *
 * @example
 * directions: ["maximize", "minimize"]
 */
export type Direction = "minimize" | "maximize";

const EVERY_DIRECTION: Readonly<Record<Direction, true>> = { minimize: true, maximize: true };
export const DIRECTIONS = Object.keys(EVERY_DIRECTION) as readonly Direction[];

export function isDirection(value: unknown): value is Direction {
  return DIRECTIONS.some((direction) => direction === value);
}

/** +1 for minimize, -1 for maximize: of `value * sign(direction)` the smaller is always the better. */
export function sign(direction: Direction): 1 | -1 {
  return direction === "minimize" ? 1 : -1;
}
