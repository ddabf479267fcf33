import { BelayError, show } from "../core/error.ts";
import { commandOn, freeStudyName, typedPath } from "./command-line.ts";
import { explained } from "./explain.ts";
import { readSafely } from "./fault.ts";
import { historyReader } from "./history.ts";
import { fileKeeper, type Keeper } from "./keeper.ts";
import { openWriter } from "./open.ts";
import { refuseLiveOwner } from "./owners.ts";
import { realFile } from "./place.ts";
import { DEFAULT_AGES } from "./retention.ts";
import { interruptTrial, settleStudy, waitingTrials } from "./settle.ts";
import type { AttemptKey, Store } from "./store.ts";
import { prepareTables, type Tables } from "./tables.ts";
import type { TrialHead } from "./trials.ts";
import { batchWriter, type Durability, type Sync, type Writer } from "./writer.ts";

/** How a store is opened. */
export interface StoreOptions {
  /** Whether recorded splits survive a power cut. @default "full" */
  readonly durability?: Durability;
  /** The clock for all times that are written. @default Date.now */
  readonly now?: () => number;
}

/** What the parts of the store share. */
interface Context {
  readonly file: string;
  readonly tables: Tables;
  readonly writer: Writer;
  readonly now: () => number;
  readonly keeper: Keeper;
}

/**
 * Opens the database for a coordinator, or for a process that sends one commands. Creates the file when it is missing.
 *
 * @throws BelayError `store`, `schema` or `owner`, one line that names the file.
 */
export function openStore(name: string, options: StoreOptions = {}): Store {
  const file = realFile(name);
  const db = openWriter(file);
  const tables = prepareTables(db);
  const writer = batchWriter(db, file, options.durability ?? "full");
  const keeper = fileKeeper(db, file);
  const context: Context = { file, tables, writer, now: options.now ?? Date.now, keeper };
  const read = historyReader(db);
  return explained(file, {
    file,
    ...studyPart(context),
    ...trialPart(context),
    ...attemptPart(context),
    ...commandPart(context, () => db.pragma("data_version", { simple: true }) as number),
    studyNames: async () =>
      db.prepare<[], string>("SELECT name FROM studies ORDER BY id").pluck().all() as string[],
    history: (studyId) => {
      const { space, splitCount } = tables.studies.get(studyId);
      return read(studyId, space, splitCount);
    },
    close() {
      writer.flush();
      keeper.close();
      db.close();
      writer.close();
    },
  });
}

type StudyPart = "createStudy" | "findStudy" | "claim" | "heartbeat" | "release" | "updateStudy" | "settle";

function studyPart({ file, tables, writer, now, keeper }: Context): Pick<Store, StudyPart> {
  const { studies, owners, trials, commands } = tables;
  return {
    createStudy: (record, owner) =>
      writer.write("first", () => {
        if (studies.find(record.name)) {
          const other = freeStudyName(record.name, (name) => studies.find(name) !== null);
          const again = commandOn(file, "launch", typedPath(record.studyFile), "--name", other);
          const advice = `\`${again}\` takes another name`;
          throw new BelayError(
            "usage",
            `study ${show(record.name)}: expected a new name, got one that exists: ${advice}`,
          );
        }
        const id = studies.insert(record, now());
        owners.add(id, 1, owner, now());
        commands.event("launch", id, null, { epoch: 1, pid: owner.pid, codeHash: record.codeHash }, now());
        return { study: studies.get(id), epoch: 1 };
      }),
    findStudy: async (name) => studies.find(name),
    claim: (studyId, owner, { takeover = false } = {}) =>
      writer.write("first", () => {
        const last = owners.last(studyId);
        refuseLiveOwner(studies.get(studyId).name, last, { file, takeover, nowMs: now() });
        if (last && last.releasedAtMs === null) keeper.checkIntegrity();
        const epoch = (last?.epoch ?? 0) + 1;
        owners.add(studyId, epoch, owner, now());
        studies.begin(studyId);
        commands.expire(studyId, now());
        const replaced = last && last.releasedAtMs === null ? last.pid : null;
        commands.event("claim", studyId, null, { epoch, pid: owner.pid, replaced, takeover }, now());
        return epoch;
      }),
    async heartbeat(studyId, epoch) {
      readSafely(file, () => keeper.checkPlace(studies.get(studyId).name));
      await writer.write("later", () => {
        owners.check(studyId, epoch);
        owners.beat(studyId, epoch, now());
      });
      readSafely(file, keeper.trimLog);
    },
    release: (studyId, epoch, end, cause = "stop") =>
      writer.write("first", () => {
        owners.check(studyId, epoch);
        for (const trial of trials.inState(studyId, "running")) interruptNow({ tables, now }, trial, cause);
        studies.end(studyId, end, now());
        owners.release(studyId, epoch, now());
        commands.event("release", studyId, null, { epoch, state: end }, now());
      }),
    updateStudy: (studyId, epoch, changes) =>
      writer.write("first", () => {
        owners.check(studyId, epoch);
        studies.update(studyId, changes);
        return studies.get(studyId);
      }),
    settle: (studyId, epoch) =>
      writer.write("first", () => {
        owners.check(studyId, epoch);
        return settleStudy(tables, studyId, epoch, now());
      }),
  };
}

type TrialPart = "counts" | "nextNumber" | "enqueue" | "waiting" | "startTrial" | "startAttempt";

function trialPart({ tables, writer, now }: Context): Pick<Store, TrialPart> {
  const { owners, trials, attempts } = tables;
  const start = (trialId: number, studyId: number, epoch: number, params: TrialParams | null): AttemptKey => {
    const attempt = trials.run(trialId, params, now());
    attempts.insert(trialId, attempt, epoch, studyId, now());
    return { trialId, attempt, epoch };
  };
  return {
    counts: async (studyId) => trials.counts(studyId),
    nextNumber: async (studyId) => trials.nextNumber(studyId),
    waiting: async (studyId) => waitingTrials(tables, studyId),
    enqueue: (studyId, epoch, params, enqueued = true) =>
      writer.write("first", () => {
        owners.check(studyId, epoch);
        const number = trials.nextNumber(studyId);
        trials.insert(studyId, number, params, enqueued, now());
        return number;
      }),
    // Not durable by itself: the first durable write about the trial takes it along, and before that a power cut only
    // means that the same number is asked for again.
    startTrial: (studyId, epoch, { number, params }) =>
      writer.write("later", () => {
        owners.check(studyId, epoch);
        const queued = trials.find(studyId, number);
        if (queued && (queued.state !== "waiting" || queued.attempts > 0)) {
          throw new BelayError(
            "internal",
            `trial ${number}: expected a new number, got a trial that was started before`,
          );
        }
        const id = queued?.id ?? trials.insert(studyId, number, params, false, now());
        return start(id, studyId, epoch, params);
      }),
    startAttempt: (trialId, epoch) =>
      writer.write("later", () => {
        const trial = trials.get(trialId);
        if (trial) owners.check(trial.studyId, epoch);
        if (trial?.state !== "waiting") {
          throw new BelayError(
            "internal",
            `trial id ${trialId}: expected a waiting trial, got ${trial?.state ?? "none"}`,
          );
        }
        return start(trialId, trial.studyId, epoch, null);
      }),
  };
}

type TrialParams = Parameters<Store["startTrial"]>[2]["params"];

type AttemptPart = "recordStart" | "recordSplit" | "recordReport" | "finish" | "interrupt";

function attemptPart({ tables, writer, now }: Context): Pick<Store, AttemptPart> {
  const { attempts, splits, memory, trials, commands } = tables;
  /** A write about a running attempt: `operation` runs only if it is still the owner's. */
  const write = <T>(key: AttemptKey, sync: Sync, operation: (trial: TrialHead) => T): Promise<T> =>
    writer.write(sync, () => operation(checkAttempt(tables, key)));
  return {
    recordStart: (key, { slot, hostPid, baselineBytes }) =>
      write(key, "later", () => {
        attempts.place(key.trialId, key.attempt, slot, hostPid);
        memory.start(key.trialId, key.attempt, baselineBytes, now());
      }),
    recordSplit: (key, result, { isLast = false } = {}) =>
      write(key, isLast ? "soon" : "first", () => {
        const isNew = splits.insert(key.trialId, key.attempt, result, now());
        if (isNew) memory.split(key.trialId, key.attempt, result.split, result.memory, now());
      }),
    recordReport: (key, report) =>
      write(key, "later", () => splits.report(key.trialId, key.attempt, report, now())),
    finish: (key, outcome, final, { durationMs }) =>
      write(key, "soon", ({ studyId }) => {
        attempts.end(key.trialId, key.attempt, outcome, now(), durationMs);
        trials.finish(key.trialId, outcome, now());
        memory.final(key.trialId, key.attempt, final, now());
        const reason = outcome.state === "complete" ? null : outcome.reason;
        commands.event("finish", studyId, key.trialId, { state: outcome.state, reason }, now());
      }),
    interrupt: (key, cause, timing) =>
      write(key, "first", (trial) => interruptNow({ tables, now }, trial, cause, timing?.durationMs)),
  };
}

type CommandPart =
  | "recordMetrics"
  | "thin"
  | "event"
  | "pollCommands"
  | "answerCommand"
  | "addCommand"
  | "commandAnswer";

function commandPart({ tables, writer, now }: Context, dataVersion: () => number): Pick<Store, CommandPart> {
  const { owners, commands, metrics, retention } = tables;
  const polled = new Map<number, { version: number; lastId: number }>();
  return {
    event: (studyId, epoch, kind, trialId, data) =>
      writer.write("later", () => {
        owners.check(studyId, epoch);
        commands.event(kind, studyId, trialId, data, now());
      }),
    recordMetrics: (studyId, epoch, row) =>
      writer.write("later", () => {
        owners.check(studyId, epoch);
        metrics.insert(studyId, row, now());
      }),
    thin: (studyId, epoch, ages = DEFAULT_AGES) =>
      writer.write("later", () => {
        owners.check(studyId, epoch);
        return retention.thin(studyId, now(), ages);
      }),
    async pollCommands(studyId) {
      const before = polled.get(studyId);
      const version = dataVersion(); // Changes when another connection writes, and only then.
      if (before?.version === version) return [];
      const open = commands.open(studyId, before?.lastId ?? 0);
      polled.set(studyId, { version, lastId: open.at(-1)?.id ?? before?.lastId ?? 0 });
      return open;
    },
    answerCommand: (studyId, epoch, id, answer) =>
      writer.write("later", () => {
        owners.check(studyId, epoch);
        commands.answer(id, answer, now());
      }),
    addCommand: (studyId, kind, data) =>
      writer.write("first", () => commands.insert(studyId, kind, data, now())),
    commandAnswer: async (id) => commands.answered(id),
  };
}

function checkAttempt({ trials, owners, attempts }: Tables, key: AttemptKey): TrialHead {
  const trial = trials.get(key.trialId);
  if (!trial) throw new BelayError("internal", `trial id ${key.trialId}: expected a trial, got none`);
  owners.check(trial.studyId, key.epoch);
  const attempt = attempts.get(key.trialId, key.attempt);
  if (attempt?.state === "running" && attempt.epoch === key.epoch) return trial;
  const got = attempt ? `one that is ${attempt.state} (epoch ${attempt.epoch})` : "none";
  throw new BelayError("stale", `trial ${trial.number}: expected attempt ${key.attempt} to run, got ${got}`);
}

function interruptNow(
  { tables, now }: Pick<Context, "tables" | "now">,
  trial: TrialHead,
  cause: Parameters<Store["interrupt"]>[1],
  durationMs?: number,
): "waiting" | "fail" {
  const { startedAtMs } = tables.attempts.get(trial.id, trial.attempts)!;
  const atMs = now();
  const state = interruptTrial(tables, trial, cause, {
    atMs,
    durationMs: durationMs ?? Math.max(0, atMs - startedAtMs),
  });
  tables.commands.event(
    "interrupt",
    trial.studyId,
    trial.id,
    { attempt: trial.attempts, by: cause, state },
    atMs,
  );
  return state;
}
