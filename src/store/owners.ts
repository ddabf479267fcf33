import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { commandOn } from "./command-line.ts";
import { type Identity, type Liveness, liveness } from "./identity.ts";

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
const OWNER_COLUMNS = `epoch, pid, process_start AS processStart, boot_id AS bootId, namespace, hostname,
  claimed_at AS claimedAtMs, heartbeat_at AS heartbeatAtMs, released_at AS releasedAtMs`;

const LAST = `SELECT ${OWNER_COLUMNS} FROM owners WHERE study_id = ? ORDER BY epoch DESC LIMIT 1`;

/** The statements on `owners`: who may write a study. */
export function ownerTable(db: Database) {
  const last = db.prepare<[number], Owner>(LAST);
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

/** The owner of a study: the last one, released or not; null: none yet. */
export function lastOwner(db: Database, studyId: number): Owner | null {
  return db.prepare<[number], Owner>(LAST).get(studyId) ?? null;
}

/** How a study that somebody else may be running is refused. */
export interface Refusal {
  /** The database, for commands to type. */
  readonly file: string;
  /** Whether an owner that may be alive, but whose heartbeat is older than `TAKEOVER_AFTER_MS`, may be replaced. */
  readonly takeover: boolean;
  readonly nowMs: number;
  /** The opening of the line: what was expected, for what. @default no other coordinator of this study */
  readonly expected?: string;
  /** The command that replaces a silent owner, in backquotes. @default the study's resume */
  readonly replacing?: string;
}

/** Throws `owner` unless the study is free: released, its owner dead, or silent and to be taken over. */
export function refuseLiveOwner(study: string, owner: Owner | null, refusal: Refusal): void {
  if (owner === null || owner.releasedAtMs !== null) return;
  const life = liveness(owner);
  if (life === "dead") return;
  // A sign of life from the future is an old one too: the clock was set back since, and a live owner follows it.
  const silentMs = Math.abs(refusal.nowMs - owner.heartbeatAtMs);
  if (refusal.takeover && silentMs > TAKEOVER_AFTER_MS) return;
  const got = refusal.expected
    ? `${refusal.expected}, got ${study} (pid ${owner.pid})`
    : `study ${study}: expected no other coordinator, got pid ${owner.pid}`;
  const where = life === "unknown" ? ` on ${owner.hostname}, where this process cannot look,` : "";
  const since = new Date(owner.claimedAtMs).toISOString();
  const sign = `its last sign of life is ${Math.round(silentMs / 1000)} s old`;
  throw new BelayError(
    "owner",
    `${got}${where} since ${since}; ${sign}${advice(study, life, silentMs, refusal)}`,
  );
}

/** What to type, or to do, about an owner that is in the way. */
function advice(study: string, life: Liveness, silentMs: number, refusal: Refusal): string {
  const replace = refusal.replacing ?? `\`${commandOn(refusal.file, "resume", study, "--takeover")}\``;
  const minute = TAKEOVER_AFTER_MS / 1_000;
  if (silentMs > TAKEOVER_AFTER_MS) return `: ${replace} replaces it`;
  if (refusal.takeover) return `, and a takeover needs more than ${minute} s`;
  const stop =
    life === "alive" ? `: \`${commandOn(refusal.file, "stop", study)}\` ends it` : ": stop it there";
  return `${stop}, and once it has been silent for ${minute} s ${replace} replaces it`;
}

/**
 * Takes care that no coordinator is at work on any study of a file, for what concerns all of it.
 *
 * @param refusal - With `takeover` owners that have been silent for a minute lose their studies: should one wake, it can
 *   write no more.
 * @throws BelayError `owner`: one is at work, or may be.
 */
export function refuseLiveOwners(db: Database, refusal: Refusal & { readonly expected: string }): void {
  const held = db
    .prepare<[], Owner & { readonly studyId: number; readonly study: string }>(
      `SELECT study_id AS studyId, s.name AS study, ${OWNER_COLUMNS} FROM owners o JOIN studies s ON s.id = o.study_id
       WHERE released_at IS NULL AND epoch = (SELECT max(epoch) FROM owners WHERE study_id = o.study_id)`,
    )
    .all()
    .filter((owner) => liveness(owner) !== "dead");
  for (const owner of held) refuseLiveOwner(owner.study, owner, refusal);
  const release = db.prepare("UPDATE owners SET released_at = ? WHERE study_id = ? AND epoch = ?");
  for (const { studyId, epoch } of held) release.run(refusal.nowMs, studyId, epoch);
}
