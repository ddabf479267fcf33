import type { Database } from "better-sqlite3";
import { BelayError } from "../../core/error.ts";
import { type Identity, liveness } from "../../machine/identity.ts";
import { type Owner, type OwnerRefusal, refuseLiveOwner } from "../../store/ownership.ts";
import { prepareNamed } from "./named.ts";

/** The columns of a SELECT that returns an `Owner`. */
const OWNER_COLUMNS = `epoch, pid, process_start AS processStart, boot_id AS bootId, namespace, hostname,
  claimed_at AS claimedAtMs, heartbeat_at AS heartbeatAtMs, released_at AS releasedAtMs`;

const LAST = `SELECT ${OWNER_COLUMNS} FROM owners WHERE study_id = ? ORDER BY epoch DESC LIMIT 1`;

interface OwnerKey {
  readonly studyId: number;
  readonly epoch: number;
}

/** An owner at the moment of a write. */
interface OwnerAt extends OwnerKey {
  readonly atMs: number;
}

/** The statements on `owners`: who may write a study. */
export function ownerTable(db: Database) {
  const last = db.prepare<[number], Owner>(LAST);
  const byEpoch = prepareNamed<OwnerKey, Owner>(
    db,
    `SELECT ${OWNER_COLUMNS} FROM owners WHERE study_id = @studyId AND epoch = @epoch`,
  );
  const insert = prepareNamed(
    db,
    `INSERT INTO owners (study_id, epoch, pid, process_start, boot_id, namespace, hostname, claimed_at, heartbeat_at)
     VALUES (@studyId, @epoch, @pid, @processStart, @bootId, @namespace, @hostname, @atMs, @atMs)`,
  );
  const beat = prepareNamed<OwnerAt>(
    db,
    "UPDATE owners SET heartbeat_at = @atMs WHERE study_id = @studyId AND epoch = @epoch",
  );
  const release = prepareNamed<OwnerAt>(
    db,
    "UPDATE owners SET released_at = @atMs, heartbeat_at = @atMs WHERE study_id = @studyId AND epoch = @epoch",
  );

  return {
    last: (studyId: number): Owner | null => last.get(studyId) ?? null,
    get: (key: OwnerKey): Owner | null => byEpoch.get(key) ?? null,
    insert: (key: OwnerAt, owner: Identity) => void insert.run({ ...owner, ...key }),
    beat: (key: OwnerAt) => void beat.run(key),
    release: (key: OwnerAt) => void release.run(key),
    /** Throws BelayError `stale` unless `epoch` owns the study; every write calls it first. */
    check({ studyId, epoch }: OwnerKey): void {
      const owner = last.get(studyId);
      if (owner?.epoch === epoch && owner.releasedAtMs === null) return;
      const now = owner && owner.releasedAtMs === null ? `epoch ${owner.epoch} (pid ${owner.pid})` : "nobody";
      throw new BelayError("stale", `epoch ${epoch} no longer owns the study: its owner is ${now}`);
    },
  };
}

/** The newest owner of a study, whether it has released the study or not; null before the first. */
export function lastOwner(db: Database, studyId: number): Owner | null {
  return db.prepare<[number], Owner>(LAST).get(studyId) ?? null;
}

/** An owner that has not released its study: it runs the study or has died. */
interface HeldStudy extends Owner {
  readonly studyId: number;
  readonly study: string;
}

/** The studies whose newest owner has not released them. */
export function heldStudies(db: Database): HeldStudy[] {
  const held = db.prepare<[], HeldStudy>(
    `SELECT study_id AS studyId, s.name AS study, ${OWNER_COLUMNS} FROM owners o JOIN studies s ON s.id = o.study_id
     WHERE released_at IS NULL AND epoch = (SELECT max(epoch) FROM owners WHERE study_id = o.study_id)`,
  );
  return held.all();
}

/**
 * Makes sure that no coordinator runs a study of a file, before an operation on the whole file.
 *
 * @param refusal - With `takeover`, owners that have been silent for a minute lose their studies and can no longer
 *   write.
 * @throws BelayError `owner`: a coordinator runs a study, or may do so.
 */
export function refuseLiveOwners(db: Database, refusal: OwnerRefusal & { readonly waiting: string }): void {
  const held = heldStudies(db).filter((owner) => liveness(owner) !== "dead");
  for (const owner of held) refuseLiveOwner(owner.study, owner, refusal);
  const release = prepareNamed<OwnerAt>(
    db,
    "UPDATE owners SET released_at = @atMs WHERE study_id = @studyId AND epoch = @epoch",
  );
  for (const { studyId, epoch } of held) release.run({ studyId, epoch, atMs: refusal.nowMs });
}
