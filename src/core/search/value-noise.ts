import { mean } from "../aggregate.ts";
import { type History, STATE_CODE, splitValues } from "./history.ts";

/** The noise is estimated from this many of the latest complete trials. */
const LAST = 200;

/**
 * The variance of a value around its expectation for the params: the residual variance of the table of trials by splits,
 * after the means of trials and of splits are subtracted, divided by the number of splits.
 *
 * @returns null if fewer than two complete trials have all splits, or if the study has one split.
 */
export function valueNoise(history: History, size: number, splitCount: number): number | null {
  const { state, stepStart } = history;
  const rows: number[][] = [];
  for (let i = size - 1; i >= 0 && rows.length < LAST; i--) {
    if (state[i] !== STATE_CODE.complete || stepStart[i + 1]! - stepStart[i]! !== splitCount) continue;
    const row = Array.from(splitValues(history, i, splitCount));
    if (row.every(Number.isFinite)) rows.push(row);
  }
  if (splitCount < 2 || rows.length < 2) return null;
  const ofRow = rows.map(mean);
  const ofSplit = Array.from({ length: splitCount }, (_, split) => mean(rows.map((row) => row[split]!)));
  const middle = mean(ofSplit);
  let sum = 0;
  for (const [i, row] of rows.entries())
    for (let split = 0; split < splitCount; split++)
      sum += (row[split]! - ofRow[i]! - ofSplit[split]! + middle) ** 2;
  return sum / ((rows.length - 1) * (splitCount - 1)) / splitCount;
}
