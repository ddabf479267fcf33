import { estimateDetail, type RunningTrial } from "../../core/search/history.ts";
import type { Verdict } from "../../core/search/pruner.ts";
import { GO_ON } from "../../core/search/pruner.ts";
import type { Detail } from "../../core/trial.ts";
import type { RunningStudy } from "../study.ts";

/**
 * The pruner's verdict on a trial after its newest step. A study with several directions is not judged, because its values
 * have no order; nor is the last split, because pruning would save nothing.
 */
export function judge(
  study: Pick<RunningStudy, "directions" | "splitCount" | "pruner" | "history" | "round">,
  trial: RunningTrial,
  finishedSplits: number,
): Verdict {
  if (study.directions.length > 1 || trial.steps.length === 0) return GO_ON;
  if (study.splitCount > 1 && finishedSplits >= study.splitCount) return GO_ON;
  return study.pruner.judge({
    history: study.round?.history ?? study.history.for(trial.number),
    directions: study.directions,
    trial,
    totalSteps: study.splitCount > 1 ? study.splitCount : null,
  });
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
