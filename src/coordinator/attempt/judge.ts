import { estimateDetail, type RunningTrial } from "../../core/search/history.ts";
import { type Verdict, verdictOn } from "../../core/search/pruner.ts";
import type { Detail } from "../../core/trial.ts";
import type { RunningStudy } from "../study.ts";

/** The pruner's verdict on a trial after its newest step. */
export function judge(
  {
    directions,
    splitCount,
    pruner,
    history,
    round,
  }: Pick<RunningStudy, "directions" | "splitCount" | "pruner" | "history" | "round">,
  trial: RunningTrial,
): Verdict {
  const seen = round?.history ?? history.for(trial.number);
  return verdictOn(trial, { directions, splitCount, pruner, history: seen });
}

/**
 * The detail of a trial that a pruner has stopped; a resume reads the estimate back from it. A trial that has broken a
 * constraint gets no estimate, because it cannot become the best whatever its value.
 */
export function detailOf(
  pruner: string,
  { detail, estimate }: Extract<Verdict, { prune: true }>,
  isFeasible: boolean,
): Detail {
  return { pruner, ...detail, ...(estimate && isFeasible && estimateDetail(estimate)) };
}
