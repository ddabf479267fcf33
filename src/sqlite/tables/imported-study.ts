import type { Database } from "better-sqlite3";
import { BelayError, show } from "../../core/error.ts";
import type { Identity } from "../../machine/identity.ts";
import { currentUser } from "../../machine/user.ts";
import type { ImportedStudy } from "../../store/imported.ts";
import type { Connection } from "../owned-study.ts";
import { importedTrials } from "./imported.ts";

/** Adds a study with all its trials in one transaction, which is undone whatever goes wrong. @returns how many trials. */
export async function importStudy(
  db: Database,
  { tables, now }: Connection,
  { record, createdAtMs, endDetail, learned = null, trials }: ImportedStudy,
  owner: Identity,
): Promise<number> {
  const { studies, owners, events } = tables;
  db.exec("BEGIN IMMEDIATE");
  try {
    if (studies.find(record.name))
      throw new BelayError("usage", `study ${show(record.name)}: expected a new name, got one that exists`);
    const studyId = studies.insert(record, createdAtMs);
    const key = { studyId, epoch: 1, atMs: now() };
    owners.insert(key, owner);
    if (learned) tables.learned.insert(studyId, learned);
    const add = importedTrials(db);
    const home = { ...key, codeHash: record.codeHash };
    let count = 0;
    for await (const page of trials)
      for (const trial of page) {
        add(trial, home);
        count++;
      }
    studies.update(studyId, { trials: Math.max(record.trials, count) });
    studies.end(studyId, "stopped", { detail: endDetail, atMs: now() });
    owners.release(key);
    events.insert({
      kind: "import",
      studyId,
      trialId: null,
      data: { trials: count, who: currentUser() },
      atMs: now(),
    });
    db.exec("COMMIT");
    return count;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
