/**
 * Whether a smaller or a larger value of an objective is better.
 *
 * @example
 * directions: ["maximize", "minimize"]
 */
export type Direction = "minimize" | "maximize";

/** +1 for minimize, -1 for maximize: `value * sign(direction)` is always the smaller the better. */
export function sign(direction: Direction): 1 | -1 {
  return direction === "minimize" ? 1 : -1;
}
