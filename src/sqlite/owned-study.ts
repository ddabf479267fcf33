import { BelayError } from "../core/error.ts";
import type { FinishedTrial } from "../core/search/history.ts";
import { ENQUEUED } from "../core/search/sampler.ts";
import type { Params, Space } from "../core/space/space.ts";
import type { InterruptCause } from "../core/trial.ts";
import type {
  AttemptKey,
  OwnedStudy,
  PeriodicWrites,
  StudyReads,
  StudyWrites,
} from "../store/owned-study.ts";
import type { StudyRow } from "../store/records.ts";
import { DEFAULT_AGES } from "../store/retention.ts";
import { readSafely } from "./errors.ts";
import { withExplainedErrors } from "./explain.ts";
import { interruptAttempt, recordInterrupt, settleStudy, waitingTrials } from "./settle.ts";
import type { Tables } from "./tables/tables.ts";
import type { TrialHead } from "./tables/trials.ts";
import type { Upkeep } from "./upkeep.ts";
import type { Sync, Writer } from "./writer.ts";

/** An open database and what the parts of the store share about it. */
export interface Connection {
  readonly file: string;
  readonly tables: Tables;
  readonly writer: Writer;
  readonly now: () => number;
  readonly upkeep: Upkeep;
  readonly history: (studyId: number, space: Space, splitCount: number) => AsyncIterable<FinishedTrial>;
  /** A number that changes only when another connection has written. */
  readonly dataVersion: () => number;
}

/** A study, its owner's epoch, and the connection to its database. */
interface OwnedConnection extends Connection {
  readonly id: number;
  /** Runs `operation` in a transaction; rejects with BelayError `stale` if the study has another owner. */
  readonly write: <T>(sync: Sync, operation: () => T) => Promise<T>;
  readonly epoch: number;
}

/** The study `row` for its owner, whose number is `epoch`. */
export function sqliteStudy(connection: Connection, row: StudyRow, epoch: number): OwnedStudy {
  const { tables, writer } = connection;
  const { id } = row;
  const write = <T>(sync: Sync, operation: () => T): Promise<T> =>
    writer.write(sync, () => {
      tables.owners.check({ studyId: id, epoch });
      return operation();
    });
  const owned: OwnedConnection = { ...connection, id, epoch, write };
  const { file } = connection;
  return {
    id,
    epoch,
    row,
    ...withExplainedErrors(file, { ...studyPart(owned), ...trialPart(owned), ...attemptPart(owned) }),
    periodic: withExplainedErrors(file, periodicPart(owned)),
    reads: withExplainedErrors(file, readPart(owned)),
  };
}

type StudyPart = "settle" | "update" | "event" | "answer" | "release";

function studyPart({ id, epoch, tables, write, now }: OwnedConnection): Pick<StudyWrites, StudyPart> {
  const { studies, owners, trials, commands, events } = tables;
  return {
    settle: () => write("first", () => settleStudy(tables, id, epoch, now())),
    update: (changes) =>
      write("first", () => {
        studies.update(id, changes);
        return studies.get(id);
      }),
    event: (kind, trialId, data) =>
      write("later", () => events.insert({ kind, studyId: id, trialId, data, atMs: now() })),
    answer: (commandId, answer) => write("later", () => commands.answer(commandId, answer, now())),
    release: (end, cause = "stop", detail = null) =>
      write("first", () => {
        for (const trial of trials.inState(id, "running")) interruptNow({ tables, now }, trial, cause);
        studies.end(id, end, { detail, atMs: now() });
        owners.release({ studyId: id, epoch, atMs: now() });
        tables.slots.clear(id);
        commands.expire(id, `${studies.get(id).name} has just ended: resume goes on with it`, now());
        const data = { epoch, state: end, ...(detail && { detail }) };
        events.insert({ kind: "release", studyId: id, trialId: null, data, atMs: now() });
      }),
  };
}

type TrialPart = "enqueue" | "startTrial" | "startAttempt" | "reopen" | "invalidate";

function trialPart({
  id: studyId,
  epoch,
  tables,
  write,
  now,
}: OwnedConnection): Pick<StudyWrites, TrialPart> {
  const { trials, parked, attempts, memory, events } = tables;
  const begin = (trialId: number, attempt: number): AttemptKey => {
    attempts.insert({ trialId, attempt, studyId, epoch, atMs: now() });
    return { trialId, attempt };
  };
  const start = (trialId: number, params: Params | null): AttemptKey =>
    begin(trialId, trials.run(trialId, params, now()));
  return {
    enqueue: (params, options) =>
      write("first", () => {
        const number = trials.nextNumber(studyId);
        const origin = options ? options.proposed : ENQUEUED;
        trials.insert({ studyId, number, params, enqueued: !options, origin, atMs: now() });
        return number;
      }),
    // A start is not durable by itself: the next durable write syncs it too. After a power cut before that, the
    // sampler is only asked for the same number again.
    startTrial: ({ number, params, origin = null }) =>
      write("later", () => {
        const queued = trials.find(studyId, number);
        if (queued && (queued.state !== "waiting" || queued.attempts > 0)) {
          throw new BelayError(
            "internal",
            `trial ${number}: expected a new number, got a trial that was started before`,
          );
        }
        if (queued) return start(queued.id, params);
        const trial = { studyId, number, params, enqueued: false, origin, atMs: now() };
        return begin(trials.insertRunning(trial, now()), 1);
      }),
    startAttempt: (trialId) =>
      write("later", () => {
        const trial = trialOf(tables, studyId, trialId);
        if (trial?.state !== "waiting") {
          throw new BelayError(
            "internal",
            `trial id ${trialId}: expected a waiting trial, got ${trial?.state ?? "none"}`,
          );
        }
        return start(trialId, null);
      }),
    invalidate: (order, who) => write("first", () => tables.invalid.change(studyId, order, who, now())),
    reopen: (numbers) =>
      write("first", () => {
        const round = parked.nextRound(studyId);
        for (const number of numbers) {
          const ended = parked.reopen(studyId, number, round);
          if (!ended)
            throw new BelayError("internal", `trial ${number}: expected one that its pruner has stopped`);
          const { id: trialId, ...end } = ended;
          const data = { round, ...end, memory: memory.unfinal(trialId) };
          events.insert({ kind: "unpark", studyId, trialId, data, atMs: now() });
        }
        return round;
      }),
  };
}

type AttemptPart = "recordStart" | "recordSplit" | "recordReport" | "finish" | "interrupt";

function attemptPart(owned: OwnedConnection): Pick<StudyWrites, AttemptPart> {
  const { tables, now } = owned;
  const { attempts, splits, memory, trials, events } = tables;
  /**
   * Runs `operation` in a transaction; rejects with BelayError `stale` if the attempt has ended or is another owner's.
   */
  const write = <T>(key: AttemptKey, sync: Sync, operation: (trial: TrialHead) => T): Promise<T> =>
    owned.write(sync, () => operation(runningTrial(owned, key)));
  return {
    recordStart: (key, { slot, hostPid, baselineBytes }) =>
      write(key, "later", () => {
        attempts.place({ trialId: key.trialId, attempt: key.attempt, slot, hostPid });
        memory.start(key, baselineBytes, now());
      }),
    recordSplit: (key, result, { isLast = false } = {}) =>
      write(key, isLast ? "soon" : "first", () => {
        const isNew = splits.insert(key, result, now());
        if (isNew) memory.split(key, result.split, result.memory, now());
      }),
    recordReport: (key, report) => write(key, "later", () => splits.report(key, report, now())),
    finish: (key, outcome, final, { durationMs }) =>
      write(key, "soon", ({ studyId }) => {
        attempts.end(key, outcome, { atMs: now(), durationMs });
        trials.finish(key.trialId, outcome, now());
        memory.final(key, final, now());
        const reason = outcome.state === "complete" ? null : outcome.reason;
        const data = { state: outcome.state, reason };
        events.insert({ kind: "finish", studyId, trialId: key.trialId, data, atMs: now() });
      }),
    interrupt: (key, cause, how) => write(key, "first", (trial) => interruptNow(owned, trial, cause, how)),
  };
}

function periodicPart({ id, epoch, file, tables, write, upkeep, now }: OwnedConnection): PeriodicWrites {
  const { studies, owners, metrics, slots, retention } = tables;
  return {
    async heartbeat() {
      readSafely(file, () => upkeep.checkFiles(studies.get(id).name));
      await write("later", () => owners.beat({ studyId: id, epoch, atMs: now() }));
      readSafely(file, upkeep.trimLog);
    },
    recordMetrics: (row, readings = []) =>
      write("later", () => {
        const atMs = now();
        metrics.insert(id, row, atMs);
        slots.record(id, readings, atMs);
      }),
    thin: (ages = DEFAULT_AGES) => write("later", () => retention.thin(id, now(), ages)),
  };
}

function readPart({ id, file, tables, history, dataVersion }: OwnedConnection): StudyReads {
  const { studies, trials, commands } = tables;
  const read = async <T>(operation: () => T): Promise<T> => readSafely(file, operation);
  let polled: { readonly version: number; readonly lastId: number } | null = null;
  return {
    counts: () => read(() => trials.counts(id)),
    invalid: () => read(() => tables.invalid.numbers(id)),
    nextNumber: () => read(() => trials.nextNumber(id)),
    waiting: () => read(() => waitingTrials(tables, id)),
    history: () => {
      const { space, splitCount } = studies.get(id);
      return history(id, space, splitCount);
    },
    commands: () =>
      read(() => {
        const version = dataVersion();
        if (polled?.version === version) return [];
        const lastId = polled?.lastId ?? 0;
        const open = commands.open(id, lastId);
        polled = { version, lastId: open.at(-1)?.id ?? lastId };
        return open;
      }),
  };
}

/** The trial with this id; null if there is none or it belongs to another study. */
function trialOf({ trials }: Tables, studyId: number, trialId: number): TrialHead | null {
  const trial = trials.get(trialId);
  return trial?.studyId === studyId ? trial : null;
}

function runningTrial({ tables, id, epoch }: OwnedConnection, { trialId, attempt }: AttemptKey): TrialHead {
  const trial = trialOf(tables, id, trialId);
  if (!trial) throw new BelayError("internal", `trial id ${trialId}: expected a trial, got none`);
  const found = tables.attempts.get({ trialId, attempt });
  if (found?.state === "running" && found.epoch === epoch) return trial;
  const state = found ? `is ${found.state} (epoch ${found.epoch})` : "does not exist";
  throw new BelayError("stale", `trial ${trial.number}: attempt ${attempt} ${state}, and does not run`);
}

function interruptNow(
  { tables, now }: Pick<Connection, "tables" | "now">,
  trial: TrialHead,
  cause: InterruptCause,
  { durationMs, machine }: { readonly durationMs?: number; readonly machine?: string } = {},
): "waiting" | "fail" {
  const { startedAtMs } = tables.attempts.get({ trialId: trial.id, attempt: trial.attempts })!;
  const atMs = now();
  const state = interruptAttempt(tables, trial, cause, {
    atMs,
    durationMs: durationMs ?? Math.max(0, atMs - startedAtMs),
  });
  recordInterrupt(tables, trial, { by: cause, state, atMs, ...(machine !== undefined && { machine }) });
  return state;
}
