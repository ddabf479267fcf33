import { type History, STATE_CODE } from "./history.ts";

/** The value of a complete trial, or the estimate of another one; NaN where there is none. It is as the study has it. */
export function valueOrEstimate(history: History, i: number, objective = 0): number {
  const isComplete = history.state[i] === STATE_CODE.complete;
  return isComplete ? history.values[objective]![i]! : history.estimate[i]!;
}
