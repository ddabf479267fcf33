import type { Database } from "better-sqlite3";
import type { TrialState } from "../core/trial.ts";
import { liveness } from "../store/identity.ts";
import { OWNER_COLUMNS, type Owner } from "../store/owners.ts";
import type { StudyRow, StudyState } from "../store/records.ts";
import { type RawStudy, toStudy } from "../store/rows.ts";
import { type BestTrial, bestOf } from "./best.ts";
import { inSnapshot, toIso } from "./study.ts";

/** A study, as `list --json` prints it. */
export interface StudyJson {
  readonly study: string;
  /** `interrupted`: it says that it runs, but its coordinator is gone; `belay resume` goes on with it. */
  readonly state: StudyState | "interrupted";
  readonly trials: Readonly<Record<TrialState, number>>;
  /** How many trials it is to have in all. */
  readonly target: number;
  readonly best: BestTrial | null;
  readonly front?: readonly BestTrial[];
  /** The coordinator that runs it now; null: none. */
  readonly owner: OwnerJson | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  /** Time in which a coordinator ran it. */
  readonly activeMs: number;
  readonly studyFile: string;
}

/** The coordinator of a live study. */
export interface OwnerJson {
  readonly pid: number;
  readonly hostname: string;
  readonly since: string;
  readonly heartbeatAt: string;
}

/** All studies of a database, in the order in which they were created. */
export function listStudies(db: Database): StudyJson[] {
  return inSnapshot(db, () =>
    db
      .prepare<[], RawStudy>("SELECT * FROM studies ORDER BY id")
      .all()
      .map((raw) => summarize(db, toStudy(raw))),
  );
}

/** One study as `list` and `show` tell of it. */
export function summarize(db: Database, study: StudyRow): StudyJson {
  const owner = db
    .prepare<[number], Owner>(
      `SELECT ${OWNER_COLUMNS} FROM owners WHERE study_id = ? ORDER BY epoch DESC LIMIT 1`,
    )
    .get(study.id);
  const live = owner && owner.releasedAtMs === null && liveness(owner) !== "dead" ? owner : null;
  const runs = study.state === "running" || study.state === "paused";
  return {
    study: study.name,
    state: runs && !live ? "interrupted" : study.state,
    trials: countTrials(db, study.id),
    target: study.trials,
    ...bestOf(db, study),
    owner: live && {
      pid: live.pid,
      hostname: live.hostname,
      since: toIso(live.claimedAtMs),
      heartbeatAt: toIso(live.heartbeatAtMs),
    },
    createdAt: toIso(study.createdAtMs),
    endedAt: toIso(study.endedAtMs),
    activeMs: study.activeMs,
    studyFile: study.studyFile,
  };
}

function countTrials(db: Database, studyId: number): Record<TrialState, number> {
  const trials = { complete: 0, pruned: 0, fail: 0, waiting: 0, running: 0 };
  const rows = db.prepare<[number], { state: TrialState; count: number }>(
    "SELECT state, count(*) AS count FROM trials WHERE study_id = ? GROUP BY state",
  );
  for (const { state, count } of rows.all(studyId)) trials[state] = count;
  return trials;
}
