import type { History } from "../../core/search/history.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { isActive } from "../../core/space/space.ts";
import { foldIn, fromUnit, toUnit } from "../../core/space/unit-cube.ts";
import { distinct } from "../distinct.ts";
import type { Standings } from "./standings.ts";

/** From so many of the best trials steps are made. */
const FROM = 3;
/** A step is this share of the way between two of the best trials. */
const STRIDE = 0.5;
/** So wide is the random part of a step, as a share of a param's range. */
const JITTER = 0.002;
/** How often a choice is taken from another of the best trials. */
const SWITCH = 1 / 8;

/**
 * A step from one of the three best trials, along the difference of two of the ten best: where these agree, the step is
 * short, and where they lie along a valley, it follows it (differential evolution: Storn and Price, J. Global
 * Optimization 11, 1997).
 *
 * @returns null when every point of the space was seen.
 */
export function localStep(context: AskContext, { top }: Standings): Float64Array | null {
  const { history } = context;
  const stream = context.rng("auto/local");
  const draw = (most: number): number => top[stream.int(Math.min(most, top.length))]!.index;
  return distinct(context, () =>
    step(context, draw(FROM), [draw(top.length), draw(top.length)], stream, history),
  );
}

function step(
  { space }: AskContext,
  from: number,
  [a, b]: readonly [number, number],
  stream: { next(): number; normal(): number },
  history: History,
): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  space.params.forEach(({ distribution }, i) => {
    const [chance, jitter] = [stream.next(), stream.normal()];
    if (!isActive(space, row, i)) return;
    const at = (trial: number): number => history.params[i]![trial]!;
    if (distribution.kind === "categorical") {
      const value = chance < SWITCH && !Number.isNaN(at(a)) ? at(a) : at(from);
      row[i] = Number.isNaN(value) ? fromUnit(distribution, stream.next()) : value;
      return;
    }
    const unit = (trial: number): number => toUnit(distribution, at(trial));
    const apart = unit(a) - unit(b);
    const start = Number.isNaN(at(from)) ? chance : unit(from);
    const moved = start + STRIDE * (Number.isNaN(apart) ? 0 : apart) + JITTER * jitter;
    row[i] = fromUnit(distribution, foldIn(moved));
  });
  return row;
}
