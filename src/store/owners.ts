import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { type Identity, liveness } from "./identity.ts";

/** How old the heartbeat of a live owner must be before `--takeover` may replace it. */
export const TAKEOVER_AFTER_MS = 60_000;

/** An owner of a study, past or present. */
export interface Owner extends Identity {
  readonly epoch: number;
  readonly claimedAtMs: number;
  readonly heartbeatAtMs: number;
  readonly releasedAtMs: number | null;
}

/** The columns of an `Owner`, for a SELECT. */
export const OWNER_COLUMNS = `epoch, pid, process_start AS processStart, boot_id AS bootId, namespace, hostname,
  claimed_at AS claimedAtMs, heartbeat_at AS heartbeatAtMs, released_at AS releasedAtMs`;

/** The statements on `owners`: who may write a study. */
export function ownerTable(db: Database) {
  const last = db.prepare<[number], Owner>(
    `SELECT ${OWNER_COLUMNS} FROM owners WHERE study_id = ? ORDER BY epoch DESC LIMIT 1`,
  );
  const byEpoch = db.prepare<[number, number], Owner>(
    `SELECT ${OWNER_COLUMNS} FROM owners WHERE study_id = ? AND epoch = ?`,
  );
  const insert = db.prepare(
    `INSERT INTO owners (study_id, epoch, pid, process_start, boot_id, namespace, hostname, claimed_at, heartbeat_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const beat = db.prepare("UPDATE owners SET heartbeat_at = ? WHERE study_id = ? AND epoch = ?");
  const release = db.prepare(
    "UPDATE owners SET released_at = ?, heartbeat_at = ? WHERE study_id = ? AND epoch = ?",
  );

  return {
    last: (studyId: number): Owner | null => last.get(studyId) ?? null,
    get: (studyId: number, epoch: number): Owner | null => byEpoch.get(studyId, epoch) ?? null,
    add(studyId: number, epoch: number, owner: Identity, atMs: number): void {
      const { pid, processStart, bootId, namespace, hostname } = owner;
      insert.run(studyId, epoch, pid, processStart, bootId, namespace, hostname, atMs, atMs);
    },
    beat: (studyId: number, epoch: number, atMs: number) => void beat.run(atMs, studyId, epoch),
    release: (studyId: number, epoch: number, atMs: number) => void release.run(atMs, atMs, studyId, epoch),
    /** Throws `stale` unless `epoch` is the owner's: called first in every write. */
    check(studyId: number, epoch: number): void {
      const owner = last.get(studyId);
      if (owner?.epoch === epoch && owner.releasedAtMs === null) return;
      const now =
        owner && owner.releasedAtMs === null ? `epoch ${owner.epoch} (pid ${owner.pid})` : "no owner";
      throw new BelayError("stale", `the study has another owner now: expected epoch ${epoch}, got ${now}`);
    },
  };
}

/**
 * Throws `owner` unless the study is free: released, its owner dead, or silent and to be taken over.
 *
 * @param takeover - Replace an owner that may be alive but whose heartbeat is older than `TAKEOVER_AFTER_MS`.
 */
export function refuseLiveOwner(name: string, owner: Owner | null, takeover: boolean, nowMs: number): void {
  if (owner === null || owner.releasedAtMs !== null) return;
  const life = liveness(owner);
  if (life === "dead") return;
  // A sign of life from the future is an old one too: the clock was set back since, and a live owner follows it.
  const silentMs = Math.abs(nowMs - owner.heartbeatAtMs);
  if (takeover && silentMs > TAKEOVER_AFTER_MS) return;
  const where = life === "unknown" ? ` on ${owner.hostname}, where this process cannot look,` : "";
  const since = new Date(owner.claimedAtMs).toISOString();
  const line = `study ${name}: expected no other coordinator, got pid ${owner.pid}${where} since ${since}`;
  throw new BelayError(
    "owner",
    `${line}; its last sign of life is ${Math.round(silentMs / 1000)} s old${advice(silentMs, takeover)}`,
  );
}

function advice(silentMs: number, takeover: boolean): string {
  if (silentMs > TAKEOVER_AFTER_MS) return ": `resume --takeover` replaces it";
  return takeover ? `, and a takeover needs more than ${TAKEOVER_AFTER_MS / 1000} s` : "";
}
