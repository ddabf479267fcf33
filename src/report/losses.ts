import type { Reader } from "../store/reader.ts";
import { requireStudy } from "./study.ts";
import { type TrialJson, toTrialJson } from "./trial.ts";

/** Why a study has no best trial. */
export interface NoBest {
  /** How many trials are complete but violate their constraints. */
  readonly complete: number;
  /** How many trials were pruned or have failed. */
  readonly lost: number;
  /** The most frequent way in which those ended: how many, and the first of them. */
  readonly commonest: { readonly count: number; readonly trial: TrialJson } | null;
}

/** Explains why a study has no best trial. @throws BelayError `usage`: an unknown study. */
export function noBest(reader: Reader, name: string): Promise<NoBest> {
  return reader.snapshot(async (now) => {
    const { id } = await requireStudy(now, name);
    const { complete, pruned, fail } = await now.counts(id);
    const commonest = await now.commonestLoss(id);
    return {
      complete,
      lost: pruned + fail,
      commonest: commonest && { count: commonest.count, trial: toTrialJson(commonest.first) },
    };
  });
}
