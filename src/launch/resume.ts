import { BelayError } from "../core/error.ts";
import type { Params } from "../core/space/space.ts";
import { type Detail, finishedOf } from "../core/trial.ts";
import { currentIdentity } from "../machine/identity.ts";
import { currentUser } from "../machine/user.ts";
import { type LearnsFrom, learnsFrom } from "../report/study.ts";
import type { OwnedStudy } from "../store/owned-study.ts";
import type { StudyRow } from "../store/records.ts";
import { studyNotes } from "./check/study-notes.ts";
import { type Enqueued, firstParams } from "./enqueued.ts";
import type { Audience, Listen } from "./events.ts";
import { recordedLimits } from "./limits.ts";
import { openStudy, type ReadyStudy, readStudy } from "./prepare.ts";
import { runOwned, withResume } from "./run.ts";
import { type GivenSettings, resolveSettings } from "./settings.ts";
import { checkpointCleaner } from "./storage/checkpoints.ts";
import { checkDatabase, isLive, readStudyRow, warnOfNetwork, withReader } from "./storage/databases.ts";
import { placesBeside } from "./storage/places.ts";
import { runFolder } from "./storage/run-folder.ts";
import { openStore } from "./storage/stores.ts";
import { acceptChanges, type Difference, declaredChanges, splitChanges } from "./study-diff.ts";
import { fileToResume, refuseLive } from "./study-file.ts";
import type { RunSummary } from "./summary.ts";

/** A request to go on with a study. */
export interface ResumeRequest {
  /** The database's file, without symbolic links. */
  readonly db: string;
  readonly study: string;
  /** The settings that are asked for; the others are those that were recorded at launch. */
  readonly options: GivenSettings;
  /** Adds this many trials to the study's total; not together with `options.trials`. */
  readonly add?: number | undefined;
  /** Params to try before further trials are proposed; trials that were cut short go on first. @default none */
  readonly enqueue?: readonly Enqueued[];
  /** Where the study file is now, if it was moved. */
  readonly file?: string | undefined;
  /** Takes the study from an owner that has been silent for a minute. @default false */
  readonly takeover?: boolean;
  /** Goes on although the study file has changed, where values can still be compared. @default false */
  readonly acceptChanges?: boolean;
  /** Keeps the checkpoints of ended trials. @default false */
  readonly keepCheckpoints?: boolean;
  /** Takes trials up again first that their race has stopped and would not stop now. @default when the trials are used up */
  readonly unpark?: boolean;
  /** The command that was typed, so that advice can repeat it. @default `resume <study>` */
  readonly typed?: readonly string[];
}

/** What a resume would run. */
export interface ResumePlan {
  readonly study: string;
  /** How many trials the study then has when it is finished. */
  readonly trials: number;
  readonly finished: number;
  /** How many trials were cut short or wait, and would go on, with those that the request enqueues. */
  readonly again: number;
  /** How many new trials would start. */
  readonly new: number;
  /** The study from which it learns, and from how many of its trials. */
  readonly learnsFrom?: LearnsFrom;
  /** Of a converged study: the stop rule that would end it again at once, with its numbers. */
  readonly stop?: Detail;
}

/** Whether the study is only paused, in a process that lives, and the request asks for nothing but to end the pause. */
export async function isPaused(request: ResumeRequest, listen: Listen): Promise<boolean> {
  const study = await findStudy(request, listen);
  const asksForMore =
    Object.keys(request.options).length > 0 ||
    request.file !== undefined ||
    request.unpark === true ||
    (request.enqueue ?? []).length > 0;
  return study.state === "paused" && !asksForMore && (await isLive(request.db, study));
}

/** The stop rule that ended the last run of a study; null: it ended otherwise. */
function convergedBy({ state, endDetail }: StudyRow): Detail | null {
  return state === "converged" ? endDetail : null;
}

/**
 * Says what a resume would run, and runs nothing.
 *
 * @throws BelayError `usage` also for enqueued params that the space, as it was recorded, does not have.
 */
export async function planResume(request: ResumeRequest, listen: Listen): Promise<ResumePlan> {
  const study = await findStudy(request, listen);
  const trials = totalOf(study, request);
  const recorded = { space: study.space, defaults: null };
  const enqueued = firstParams(study.studyFile, recorded, request.enqueue ?? []);
  const [counts, learned] = await withReader(request.db, (reader) =>
    Promise.all([reader.counts(study.id), reader.learned(study.id)]),
  );
  const finished = finishedOf(counts);
  const again = counts.waiting + counts.running + enqueued.length;
  const converged = request.options.stop === undefined ? convergedBy(study) : null;
  const fresh = converged ? 0 : Math.max(0, trials - finished - again);
  return {
    ...{ study: study.name, trials, finished, again, new: fresh },
    ...(learned && { learnsFrom: learnsFrom(learned) }),
    ...(converged && { stop: converged }),
  };
}

/**
 * Goes on with a study to its end. It prints nothing and sets no exit code: the listener gets all that happens.
 *
 * @throws BelayError `usage`, `study` or `owner` before anything is recorded.
 */
export async function resumeStudy(request: ResumeRequest, audience: Audience): Promise<RunSummary> {
  const { db, options, takeover = false, typed = ["resume", request.study] } = request;
  const { listen } = audience;
  const study = await findStudy(request, listen);
  const trials = totalOf(study, request);
  await refuseLive(db, study, takeover, typed);
  const file = fileToResume(study, db, request.file, typed);
  warnOfNetwork(db, listen);
  const accept = async (differences: readonly Difference[]): Promise<string[]> => {
    const accepted = request.acceptChanges === true;
    const texts = await acceptChanges({ db, study: study.name, file, accepted, typed }, differences);
    for (const text of texts) listen({ kind: "note", text });
    return texts;
  };
  const folder = runFolder();
  try {
    const source = await readStudy(
      { db, file, fileBefore: study.studyFile, options, name: study.name, folder: folder.path },
      listen,
    );
    const recorded = {
      // Of a study from before there were settings of these.
      sampler: { value: study.sampler, source: "default" },
      pruner: { value: study.pruner, source: "default" },
      splitOrder: { value: "given", source: "default" },
      ...study.settings,
      trials: { value: trials, source: trialsSource(study, request) },
    };
    const resolved = resolveSettings(options, source.manifest, process.env, recorded);
    const declared = await accept(declaredChanges(study, source.manifest, source.bundle.hashBefore));
    const { space } = source.manifest;
    const enqueued = firstParams(file, { space, defaults: null }, request.enqueue ?? []);
    const ready = await openStudy(source, resolved, listen);
    try {
      const accepted = [...declared, ...(await accept(splitChanges(study, ready.ready)))];
      for (const text of studyNotes(ready, study.pruner)) listen({ kind: "note", text });
      return await goOn({ request, study, trials, ready, enqueued, accepted }, audience);
    } finally {
      await ready.engine.close();
    }
  } finally {
    folder.remove();
  }
}

/** Everything that a resumed run starts with. */
interface Resumed {
  readonly request: ResumeRequest;
  readonly study: StudyRow;
  readonly trials: number;
  readonly ready: ReadyStudy;
  readonly enqueued: readonly Params[];
  /** What has changed since the last run, in words. */
  readonly accepted: readonly string[];
}

/** Claims the study, settles what a dead coordinator left, and runs it. */
async function goOn(resumed: Resumed, audience: Audience): Promise<RunSummary> {
  const { request, study, trials, ready, enqueued } = resumed;
  const { db, takeover = false, keepCheckpoints = false, unpark = false } = request;
  try {
    const store = openStore(db, ready.settings);
    try {
      const owned = await store.claim(study.id, currentIdentity(), { takeover });
      const settled = await owned.settle();
      for (const number of settled.failed) {
        const text = `trial ${number} failed: interrupted: it has no attempt left`;
        audience.listen({ kind: "note", text });
      }
      const changed = await owned.update({
        trials,
        codeHash: ready.codeHash,
        studyFile: ready.file,
        space: ready.manifest.space,
        splitHash: ready.ready.splitHash,
        splitCount: ready.ready.splitCount,
        maxAttempts: ready.settings.maxAttempts,
        settings: ready.sources,
        limits: recordedLimits(ready.settings, ready),
      });
      // In one turn, so that they are written in one transaction: a crash loses all of them, or none.
      await Promise.all(enqueued.map((params) => owned.enqueue(params)));
      await recordChanges(resumed, owned, audience.listen);
      return await runOwned(
        { store, owned, study: changed, ready, trials, keepCheckpoints, unpark },
        audience,
      );
    } finally {
      await store.close();
    }
  } catch (error) {
    throw withResume(error, db, study.name);
  }
}

/** Records what has changed since the last run in the audit trail. */
async function recordChanges(
  { request, study, ready, accepted }: Resumed,
  owned: OwnedStudy,
  listen: Listen,
): Promise<void> {
  // Checkpoints that other code has saved may mean something else to this code.
  if (ready.codeHashBefore !== study.codeHash)
    checkpointCleaner(placesBeside(request.db).checkpoints(study.name), false).sweep([]);
  if (ready.file !== study.studyFile) {
    const moved = { from: study.studyFile, to: ready.file };
    await owned.event("moved", null, { ...moved, who: currentUser() });
    listen({ kind: "note", text: `study file: ${moved.to}, was ${moved.from}` });
  }
  const before = study.settings.stop?.value ?? [];
  const { stop } = ready.settings;
  if (JSON.stringify(before) !== JSON.stringify(stop))
    await owned.event("stop-rules", null, { from: before, to: [...stop], who: currentUser() });
  if (accepted.length > 0) {
    const codeHash = { from: study.codeHash, to: ready.codeHash };
    await owned.event("changes", null, { accepted: [...accepted], codeHash, who: currentUser() });
  }
}

/** The row of the study. Checks first that the database can be written, and brings its schema up to date. */
async function findStudy({ db, study, takeover = false }: ResumeRequest, listen: Listen): Promise<StudyRow> {
  checkDatabase(db, listen, { takeover });
  return readStudyRow(db, study);
}

/** The new total of trials: the one that is asked for, or the old one and those that are added. */
function totalOf(study: StudyRow, { options, add }: ResumeRequest): number {
  const total = options.trials as number | undefined;
  if (total !== undefined && add !== undefined)
    throw new BelayError("usage", "expected either --trials or --add, got both");
  return add === undefined ? (total ?? study.trials) : study.trials + add;
}

function trialsSource(study: StudyRow, { options, add }: ResumeRequest): string {
  return options.trials !== undefined || add !== undefined
    ? "command line"
    : (study.settings.trials?.source ?? "default");
}
