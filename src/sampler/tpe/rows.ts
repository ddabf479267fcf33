import type { Rng } from "../../core/rng.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import type { Space } from "../../core/space/space.ts";
import { fromUnit } from "../../core/space/unit-cube.ts";
import { readPoint, toPoint } from "./block-trials.ts";
import { isBlockActive } from "./blocks.ts";
import { CAUTION, logSurvival } from "./feasibility.ts";
import { drawPoint, logDensity } from "./mixture.ts";
import type { BlockModel } from "./parzen.ts";
import { addRows, type RowList } from "./row-list.ts";

/** Adds rows that are drawn from the good densities of all blocks. */
export function addDraws(
  list: RowList,
  context: AskContext,
  models: readonly BlockModel[],
  count: number,
  stream: Rng,
): void {
  addRows(list, context, count, (row) => {
    for (const model of models) drawBlock(context.space, model, row, stream);
  });
}

/** Draws a block's params into the row, given those of its ancestors; does nothing if the block is inactive. */
function drawBlock(
  space: Space,
  { trials, good, goodRows }: BlockModel,
  row: Float64Array,
  stream: Rng,
): void {
  if (!isBlockActive(space, row, trials.block)) return;
  const { params, distributions, layout, point } = trials;
  for (let d = 0; d < layout.given; d++) point[d] = toPoint(distributions[d]!, row[params[d]!]!);
  drawPoint(good, trials.points, goodRows, point, stream);
  for (let d = layout.given; d < layout.dims; d++) {
    row[params[d]!] = layout.choices[d]! > 0 ? point[d]! : fromUnit(distributions[d]!, point[d]!);
  }
}

/** The log of the ratio of the good density to the bad one, over all active blocks. */
export function scoreRow(space: Space, models: readonly BlockModel[], row: Float64Array): number {
  let score = 0;
  for (const { trials, good, bad, survival } of models) {
    if (!isBlockActive(space, row, trials.block)) continue;
    readPoint(trials, row);
    if (survival) score += CAUTION * logSurvival(trials, survival);
    score += logDensity(good, trials.point) - logDensity(bad, trials.point);
  }
  return score;
}
