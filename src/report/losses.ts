import type { Database } from "better-sqlite3";
import { inSnapshot, requireStudy } from "./study.ts";
import { readTrials, type TrialJson } from "./trial.ts";

/** Why a study has no best trial. */
export interface NoBest {
  /** Complete trials, each of which breaks its constraints. */
  readonly complete: number;
  /** Trials that were pruned or have failed. */
  readonly lost: number;
  /** How most of those ended: how many, and the first of them. */
  readonly commonest: { readonly count: number; readonly trial: TrialJson } | null;
}

/** What a study without a best trial has come to. @throws BelayError `usage`: an unknown study. */
export function noBest(db: Database, name: string): NoBest {
  return inSnapshot(db, () => {
    const study = requireStudy(db, name);
    const count = (states: string): number =>
      db
        .prepare(`SELECT count(*) FROM trials WHERE study_id = ? AND state IN (${states})`)
        .pluck()
        .get(study.id) as number;
    const commonest = db
      .prepare<[number], { id: number; count: number }>(
        `SELECT min(id) AS id, count(*) AS count FROM trials WHERE study_id = ? AND state IN ('pruned', 'fail')
         GROUP BY state, reason, json_extract(error, '$.name'), json_extract(error, '$.message')
         ORDER BY count DESC, id LIMIT 1`,
      )
      .get(study.id);
    const [trial] = commonest ? [...readTrials(db, [commonest.id])] : [];
    return {
      complete: count("'complete'"),
      lost: count("'pruned', 'fail'"),
      commonest: commonest && trial ? { count: commonest.count, trial } : null,
    };
  });
}
