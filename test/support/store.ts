import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { currentIdentity } from "../../src/machine/identity.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { historyReader } from "../../src/sqlite/history.ts";
import { waitingTrials } from "../../src/sqlite/settle.ts";
import { openSqliteStore, type StoreOptions } from "../../src/sqlite/store.ts";
import { prepareTables } from "../../src/sqlite/tables/tables.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { NewStudy } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import { collect, newStudy } from "./records.ts";

export { collect, FINAL, METRICS, newStudy, SPACE, splitResult } from "./records.ts";

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "belay-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a file of its own, which is closed after the test. */
export function temporaryStore(options: StoreOptions & { file?: string } = {}): Store {
  const store = openSqliteStore(options.file ?? join(temporaryFolder(), "belay.db"), options);
  onTestFinished(() => store.close());
  return store;
}

/** A new study in a store, owned by this process. */
export function ownedStudy(store: Store, changes: Partial<NewStudy> = {}): Promise<OwnedStudy> {
  return store.createStudy(newStudy(changes), currentIdentity());
}

/** Everything that a file has about a study, whoever owns it. */
export async function recorded(file: string, studyId: number) {
  const db = openDatabase(file, { readonly: true });
  const tables = prepareTables(db);
  const { space, splitCount } = tables.studies.get(studyId);
  const found = {
    history: await collect(historyReader(db)(studyId, space, splitCount)),
    waiting: waitingTrials(tables, studyId),
    counts: tables.trials.counts(studyId),
  };
  db.close();
  return found;
}
