import { BelayError, show } from "../core/error.ts";
import { DEFAULTS, ENQUEUED, type Origin } from "../core/search/sampler.ts";
import type { Params } from "../core/space/space.ts";
import type { Identity } from "../machine/identity.ts";
import { realFile } from "../machine/real-file.ts";
import { currentUser } from "../machine/user.ts";
import { commandOn, freeStudyName, typedPath } from "../store/command-line.ts";
import {
  type EnqueueOrder,
  type Enqueuing,
  enqueued,
  noPlace,
  orderData,
  totalWith,
} from "../store/enqueuing.ts";
import { type Invalidation, type InvalidationOrder, invalidationData } from "../store/invalidation.ts";
import { refuseLiveOwner } from "../store/ownership.ts";
import type { Learned, NewStudy } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { withExplainedErrors } from "./explain.ts";
import { historyReader } from "./history.ts";
import { openForWriting } from "./open.ts";
import { type Connection, sqliteStudy } from "./owned-study.ts";
import { importStudy } from "./tables/imported-study.ts";
import { prepareTables } from "./tables/tables.ts";
import { fileUpkeep } from "./upkeep.ts";
import { batchWriter, type Durability } from "./writer.ts";

/** Options of a store. */
export interface StoreOptions {
  /** Whether recorded splits survive a power cut (`full`) or only a crash. @default "full" */
  readonly durability?: Durability;
  /** The clock for recorded times. @default Date.now */
  readonly now?: () => number;
}

/**
 * Opens a database for a coordinator, or for a process that sends it commands. A missing file is created.
 *
 * @throws BelayError `store`, `schema` or `owner`, one line that names the file.
 */
export function openSqliteStore(name: string, options: StoreOptions = {}): Store {
  const file = realFile(name);
  const db = openForWriting(file);
  const connection: Connection = {
    file,
    tables: prepareTables(db),
    writer: batchWriter(db, file, options.durability ?? "full"),
    now: options.now ?? Date.now,
    upkeep: fileUpkeep(db, file),
    history: historyReader(db),
    dataVersion: () => db.pragma("data_version", { simple: true }) as number,
  };
  const { tables, writer, now, upkeep } = connection;
  return withExplainedErrors(file, {
    location: file,
    find: async (studyName) => tables.studies.find(studyName),
    names: async () =>
      db.prepare<[], string>("SELECT name FROM studies ORDER BY id").pluck().all() as string[],
    async createStudy(record, owner, enqueued = [], { startsWithDefaults = false, learned = null } = {}) {
      const asked = enqueued.map((params, i) => ({
        params,
        origin: startsWithDefaults && i === 0 ? DEFAULTS : ENQUEUED,
      }));
      const row = await writer.write("first", () => create(connection, record, owner, { asked, learned }));
      return sqliteStudy(connection, row, 1);
    },
    async claim(studyId, owner, { takeover = false } = {}) {
      const { row, epoch } = await writer.write("first", () => claim(connection, studyId, owner, takeover));
      return sqliteStudy(connection, row, epoch);
    },
    importStudy: (study, owner) => importStudy(db, connection, study, owner),
    enqueue: (studyId, order, who) => writer.write("first", () => enqueue(connection, studyId, order, who)),
    invalidate: (studyId, order, who) =>
      writer.write("first", () => invalidate(connection, studyId, order, who)),
    send: (studyId, { kind, data, who = null }) =>
      writer.write("first", () => tables.commands.insert({ studyId, kind, data, who, atMs: now() })),
    answer: async (commandId) => tables.commands.answered(commandId),
    async close() {
      writer.flush();
      upkeep.close();
      db.close();
      writer.close();
    },
  });
}

/** Adds waiting trials to a study that nobody runs. @throws BelayError `owner` while its owner may be alive. */
function enqueue(
  { file, tables, now }: Connection,
  studyId: number,
  order: EnqueueOrder,
  who: string,
): Enqueuing {
  const { studies, owners, trials, events } = tables;
  const study = studies.get(studyId);
  const atMs = now();
  refuseLiveOwner(study.name, owners.last(studyId), { file, takeover: false, nowMs: atMs });
  const counts = trials.counts(studyId);
  const total = totalWith(counts, study.trials, order);
  if (total === null) return noPlace(counts, study.trials, order);
  const first = trials.nextNumber(studyId);
  const numbers = order.params.map((params, i) => {
    trials.insert({ studyId, number: first + i, params, enqueued: true, origin: ENQUEUED, atMs });
    return first + i;
  });
  if (total !== study.trials) {
    const settings = { ...study.settings, trials: { value: total, source: "enqueue" } };
    studies.update(studyId, { trials: total, settings });
  }
  const result = enqueued(numbers, study.trials, total);
  const data = { ok: true, message: result.message, asked: orderData(order), who, sentAtMs: atMs };
  events.insert({ kind: "enqueue", studyId, trialId: null, data, atMs });
  return result;
}

/** Makes a trial of a study that nobody runs invalid. @throws BelayError `owner` while its owner may be alive. */
function invalidate(
  { file, tables, now }: Connection,
  studyId: number,
  order: InvalidationOrder,
  who: string,
): Invalidation {
  const { studies, owners, events } = tables;
  const atMs = now();
  refuseLiveOwner(studies.get(studyId).name, owners.last(studyId), { file, takeover: false, nowMs: atMs });
  const answer = tables.invalid.change(studyId, order, who, atMs);
  if (!answer.ok) return answer;
  const data = { ok: true, message: answer.message, asked: invalidationData(order), who, sentAtMs: atMs };
  events.insert({ kind: "invalidate", studyId, trialId: answer.trialId, data, atMs });
  return answer;
}

/** What a study begins with. */
interface Beginning {
  readonly asked: readonly { readonly params: Params; readonly origin: Origin }[];
  readonly learned: Learned | null;
}

/** Adds a study, its first owner, what it learns from, and the trials that are asked for. @returns the study. */
function create(
  { file, tables, now }: Connection,
  record: NewStudy,
  owner: Identity,
  { asked, learned }: Beginning,
) {
  const { studies, owners, trials, events } = tables;
  if (studies.find(record.name)) {
    const other = freeStudyName(record.name, (name) => studies.find(name) !== null);
    const again = commandOn(file, "launch", typedPath(record.studyFile), "--name", other);
    const advice = `\`${again}\` takes another name`;
    throw new BelayError(
      "usage",
      `study ${show(record.name)}: expected a new name, got one that exists: ${advice}`,
    );
  }
  const studyId = studies.insert(record, now());
  owners.insert({ studyId, epoch: 1, atMs: now() }, owner);
  if (learned) tables.learned.insert(studyId, learned);
  for (const [number, { params, origin }] of asked.entries())
    trials.insert({ studyId, number, params, enqueued: true, origin, atMs: now() });
  const data = { epoch: 1, pid: owner.pid, codeHash: record.codeHash, who: currentUser() };
  events.insert({ kind: "launch", studyId, trialId: null, data, atMs: now() });
  return studies.get(studyId);
}

/** Adds the next owner of a study. @throws BelayError `owner` while the last one may be alive. */
function claim(
  { file, tables, now, upkeep }: Connection,
  studyId: number,
  owner: Identity,
  takeover: boolean,
) {
  const { studies, owners, commands, events } = tables;
  const last = owners.last(studyId);
  refuseLiveOwner(studies.get(studyId).name, last, { file, takeover, nowMs: now() });
  if (last && last.releasedAtMs === null) upkeep.checkIntegrity();
  const epoch = (last?.epoch ?? 0) + 1;
  owners.insert({ studyId, epoch, atMs: now() }, owner);
  // An owner that died could not record how long it ran the study.
  const unrecordedMs = last && last.releasedAtMs === null ? last.heartbeatAtMs - last.claimedAtMs : 0;
  studies.begin(studyId, Math.max(0, unrecordedMs));
  commands.expire(studyId, "its coordinator was gone", now());
  tables.slots.clear(studyId);
  const replaced = last && last.releasedAtMs === null ? last.pid : null;
  const data = { epoch, pid: owner.pid, replaced, takeover, who: currentUser() };
  events.insert({ kind: "claim", studyId, trialId: null, data, atMs: now() });
  return { row: studies.get(studyId), epoch };
}
