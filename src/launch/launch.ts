import { BelayError, show } from "../core/error.ts";
import { isName, NAME_RULE } from "../core/name.ts";
import { currentIdentity } from "../machine/identity.ts";
import { pruners } from "../pruner/registry.ts";
import { samplers } from "../sampler/registry.ts";
import { readStopRules } from "../stop-rule/registry.ts";
import { commandLine, typedPath } from "../store/command-line.ts";
import type { Learned } from "../store/records.ts";
import { adviceOnTakenName } from "./advice.ts";
import { splitWarning } from "./check/split-faults.ts";
import { studyNotes } from "./check/study-notes.ts";
import { type Enqueued, firstParams } from "./enqueued.ts";
import type { Audience } from "./events.ts";
import { recordedLimits } from "./limits.ts";
import { openStudy, type ReadyStudy, readStudy, type StudySource } from "./prepare.ts";
import { runOwned, withResume } from "./run.ts";
import { type GivenSettings, resolveSettings, type Settings, UNDECIDED } from "./settings.ts";
import { checkDatabase, studyExists, warnOfNetwork } from "./storage/databases.ts";
import { type Lesson, readLesson } from "./storage/learn-from.ts";
import { runFolder } from "./storage/run-folder.ts";
import { openStore } from "./storage/stores.ts";
import type { RunSummary } from "./summary.ts";

/** A request to create a study from a study file, and to run it. */
export interface LaunchRequest {
  /** The database's file, without symbolic links. */
  readonly db: string;
  readonly file: string;
  /** The settings that are asked for; the study file, the environment and the defaults have the others. */
  readonly options: GivenSettings;
  /** @default the name in the study file */
  readonly name?: string | undefined;
  /** Params to try first, after the defaults of the study file. @default none */
  readonly enqueue?: readonly Enqueued[];
  /** A study whose trials this one learns from: its name, or `FILE:NAME` in another database. @default none */
  readonly learnFrom?: string | undefined;
  /** Keeps the checkpoints of ended trials. @default false */
  readonly keepCheckpoints?: boolean;
  /** The command that was typed, so that advice can repeat it. @default `launch <file>` */
  readonly typed?: readonly string[];
}

/**
 * Creates a study and runs it to its end. It prints nothing and sets no exit code: the listener gets all that happens.
 *
 * @throws BelayError `usage` or `study` when the request or the study file is wrong, before anything is recorded.
 */
export async function launchStudy(request: LaunchRequest, audience: Audience): Promise<RunSummary> {
  const { db, options, name } = request;
  const { listen } = audience;
  if (name !== undefined && !isName(name))
    throw new BelayError("usage", `--name: expected ${NAME_RULE}, got ${show(name)}`);
  checkDatabase(db, listen);
  warnOfNetwork(db, listen);
  const folder = runFolder();
  try {
    const { file } = request;
    const study = await readStudy(
      { db, file, options, name, folder: folder.path, inspect: "faults" },
      listen,
    );
    const resolved = resolveSettings(options, study.manifest, process.env);
    const lesson = await checkLaunch(request, study, resolved.settings);
    const ready = await openStudy(study, resolved, listen);
    try {
      const warning = splitWarning(ready.ready.splits, commandLine("check", typedPath(ready.file)));
      if (warning !== null) listen({ kind: "note", text: warning });
      for (const text of studyNotes(ready, ready.settings.pruner)) listen({ kind: "note", text });
      if (lesson) listen({ kind: "note", text: lesson.note });
      return await runNew(request, ready, lesson?.learned ?? null, audience);
    } finally {
      await ready.engine.close();
    }
  } finally {
    folder.remove();
  }
}

/** Checks all that can be checked before data are loaded. @returns what the study learns from. */
async function checkLaunch(
  request: LaunchRequest,
  { manifest }: StudySource,
  settings: Settings,
): Promise<Lesson | null> {
  const { db, file, learnFrom, typed = ["launch", typedPath(file)] } = request;
  const sampler = samplers.make(`${file}: sampler`, settings.sampler);
  readStopRules(`${file}: stop`, settings.stop);
  if (settings.pruner !== UNDECIDED) pruners.make(`${file}: pruner`, settings.pruner);
  firstParams(file, manifest, request.enqueue ?? []);
  checkLag(settings);
  if (!(await studyExists(db, manifest.name)))
    return learnFrom === undefined ? null : readLesson(learnFrom, db, manifest, sampler);
  throw new BelayError(
    "usage",
    `study name: expected a new one, got ${show(manifest.name)}, which is in ${db} already; ${await adviceOnTakenName(db, manifest.name, typed)}`,
  );
}

/** Refuses more workers than the lag: the additional ones would only wait. */
function checkLag({ deterministic, workers }: Settings): void {
  if (deterministic === null || typeof workers !== "number" || workers <= deterministic) return;
  const most = `at most the lag of --deterministic, ${deterministic}`;
  throw new BelayError("usage", `--workers: expected ${most}, got ${workers}`);
}

/** Records the study, and runs it. */
async function runNew(
  request: LaunchRequest,
  ready: ReadyStudy,
  learned: Learned | null,
  audience: Audience,
): Promise<RunSummary> {
  const { db, enqueue = [], keepCheckpoints = false } = request;
  const { manifest, settings } = ready;
  let isThere = false;
  try {
    const store = openStore(db, settings);
    try {
      const first = firstParams(request.file, manifest, enqueue);
      const owned = await store.createStudy(rowOf(ready), currentIdentity(), first, {
        startsWithDefaults: manifest.defaults !== null,
        learned,
      });
      isThere = true;
      const run = { store, owned, study: owned.row, ready, trials: settings.trials, keepCheckpoints };
      return await runOwned(run, audience);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw isThere ? withResume(error, db, manifest.name) : error;
  }
}

/** The row of a new study. */
function rowOf(study: ReadyStudy) {
  const { manifest, settings, ready } = study;
  return {
    name: manifest.name,
    directions: manifest.directions,
    space: manifest.space,
    splitCount: ready.splitCount,
    splitHash: ready.splitHash,
    codeHash: study.codeHash,
    studyFile: study.file,
    seed: settings.seed,
    sampler: settings.sampler,
    pruner: settings.pruner,
    backend: study.backend?.backend ?? null,
    noise: manifest.noise,
    trials: settings.trials,
    maxAttempts: settings.maxAttempts,
    settings: study.sources,
    limits: recordedLimits(settings, study),
  };
}
