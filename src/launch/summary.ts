import { relative } from "node:path";
import type { RunEnd } from "../coordinator/run.ts";
import type { Detail } from "../core/trial.ts";
import { type Best, bestOf } from "../report/best.ts";
import type { OwnedStudy } from "../store/owned-study.ts";
import type { StudyEnd, StudyRow } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { withReader } from "./storage/databases.ts";

/** The result of a run, as `--json` prints it. */
export interface RunSummary extends Best {
  readonly study: string;
  readonly state: StudyEnd;
  /** Of a study that converged: the stop rule that holds, its figure in words, and the numbers behind it. */
  readonly stop?: Detail;
  readonly trials: {
    readonly complete: number;
    readonly pruned: number;
    readonly fail: number;
    readonly waiting: number;
    readonly running: number;
  };
  readonly durationMs: number;
  readonly db: string;
}

/** Reads the result of a run, after its end. */
export async function summarise(
  { store, owned, study }: { readonly store: Store; readonly owned: OwnedStudy; readonly study: StudyRow },
  { state, detail }: RunEnd,
  durationMs: number,
): Promise<RunSummary> {
  const { complete, pruned, fail, waiting, running } = await owned.reads.counts();
  const trials = { complete, pruned, fail, waiting, running };
  const best = await withReader(store.location, (reader) => bestOf(reader, study));
  return {
    study: study.name,
    state,
    ...(detail && { stop: detail }),
    trials,
    ...best,
    durationMs,
    db: relative(process.cwd(), store.location),
  };
}
