import type { Database } from "better-sqlite3";
import type { Detail, Json } from "../../core/trial.ts";
import type { AuditChange, AuditRecord, AuditSelection } from "../../store/activity.ts";

/** The events of single trials, which their rows tell as well. The index has the same list. */
const OF_TRIALS = ["finish", "interrupt", "split-limit", "wait"];

interface RawEvent {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly number: number | null;
  readonly data: string | null;
}

/** Reads the audit trail of a study, the newest entries first. */
export function readAudit(
  db: Database,
  studyId: number,
  { afterId = 0, beforeId = Number.MAX_SAFE_INTEGER, limit }: AuditSelection,
): AuditRecord[] {
  const rows = db.prepare<[number, number, number, number], RawEvent>(
    `SELECT e.id, e.at, e.kind, t.number, e.data FROM events e INDEXED BY events_audit LEFT JOIN trials t ON t.id = e.trial_id
     WHERE e.study_id = ? AND e.id > ? AND e.id < ? AND e.kind NOT IN (${OF_TRIALS.map((kind) => `'${kind}'`).join(", ")})
     ORDER BY e.id DESC LIMIT ?`,
  );
  return rows.all(studyId, afterId, beforeId, limit).map(toRecord);
}

function toRecord({ id, at, kind, number, data }: RawEvent): AuditRecord {
  const parsed: unknown = data === null ? null : JSON.parse(data);
  const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  const all = (isObject ? parsed : {}) as Detail;
  const {
    who = null,
    asked = null,
    sentAtMs = null,
    ok = null,
    message = null,
    changes = [],
    ...detail
  } = all;
  return {
    ...{ id, atMs: at, kind, trial: number, asked, detail },
    who: typeof who === "string" ? who : null,
    sentAtMs: typeof sentAtMs === "number" ? sentAtMs : null,
    ok: typeof ok === "boolean" ? ok : null,
    message: typeof message === "string" ? message : null,
    changes: Array.isArray(changes) ? changes.filter(isChange) : [],
  };
}

function isChange(value: Json): value is Json & AuditChange {
  return typeof value === "object" && value !== null && "key" in value && typeof value.key === "string";
}
