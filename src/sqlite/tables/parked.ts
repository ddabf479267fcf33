import type { Database } from "better-sqlite3";
import { withUnparked } from "../../core/search/unparked.ts";
import type { Detail } from "../../core/trial.ts";
import { rowChanger } from "../checksum/row-writer.ts";
import { toDetail } from "../rows.ts";

/** How a trial that is taken up again had ended. */
interface Reopened {
  readonly id: number;
  readonly told: number;
  readonly finishedAtMs: number;
  readonly detail: Detail;
}

/** The columns that an end sets, as a waiting trial has them. */
const UNFINISHED = {
  state: "waiting",
  reason: null,
  finished_at: null,
  told: null,
  duration_ms: null,
} as const;

/** The statements that take parked trials up again. */
export function parkedTable(db: Database) {
  const nextRound = db
    .prepare(
      `SELECT coalesce(max(json_extract(detail, '$.unparked.round')), 0) + 1 FROM trials
       WHERE study_id = ? AND detail LIKE '%"unparked"%'`,
    )
    .pluck();
  const parked = db.prepare(
    `SELECT id, (SELECT count(*) FROM splits s WHERE s.trial_id = t.id) AS splits FROM trials t
     WHERE study_id = ? AND number = ? AND state = 'pruned' AND reason = 'pruner'`,
  );
  const reopen = rowChanger(
    db,
    "trials",
    ["id"],
    ["state", "reason", "detail", "finished_at", "told", "duration_ms"],
  );

  return {
    /** The number of the next round of trials that are taken up again. */
    nextRound: (studyId: number): number => nextRound.get(studyId) as number,
    /**
     * Sets a pruned trial to waiting. The row's detail keeps its place in the order of ends, which it gets back when it ends
     * again.
     *
     * @returns how the trial had ended; null if no trial of this number was stopped by a pruner.
     */
    reopen(studyId: number, number: number, round: number): Reopened | null {
      const found = parked.get(studyId, number) as { id: number; splits: number } | undefined;
      if (!found) return null;
      let ended: Omit<Reopened, "id"> | null = null;
      reopen([found.id], (before) => {
        const told = Number(before("told"));
        const detail = toDetail(before("detail") as string | null) ?? {};
        ended = { told, finishedAtMs: Number(before("finished_at")), detail };
        const unparked = { round, splits: found.splits, estimate: Number(detail.estimate), told };
        return { ...UNFINISHED, detail: JSON.stringify(withUnparked(null, unparked)) };
      });
      return { id: found.id, ...ended! };
    },
  };
}
