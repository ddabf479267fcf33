import { relative } from "node:path";
import { runControl } from "../coordinator/control.ts";
import type { StudyEvent } from "../coordinator/events.ts";
import { retryingStudy } from "../coordinator/retrying-study.ts";
import { run as runStudy } from "../coordinator/run.ts";
import type { RunPlan } from "../coordinator/study.ts";
import { systemClock } from "../core/clock.ts";
import { BelayError } from "../core/error.ts";
import { toRow } from "../core/space/space.ts";
import { finishedOf } from "../core/trial.ts";
import { checkpointCleaner, studyCheckpoints } from "../launch/checkpoints.ts";
import type { PreparedRun } from "../launch/prepare.ts";
import { fixedSplitTimeout } from "../launch/settings.ts";
import { pruners } from "../pruner/registry.ts";
import { bestOf } from "../report/best.ts";
import { samplers } from "../sampler/registry.ts";
import { commandOn } from "../store/command-line.ts";
import type { OwnedStudy } from "../store/owned-study.ts";
import type { StudyEnd, StudyRow } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { isResumable } from "../store/store-error.ts";
import { reading } from "./database.ts";
import { schedulingOf } from "./scheduling.ts";
import { stopOnSignals } from "./signals.ts";
import { lately } from "./terminal/deferred-events.ts";
import { logEvent } from "./terminal/log.ts";
import type { RunOutput, RunSummary } from "./terminal/run-output.ts";

/** A study that this process owns, ready to run. */
export interface OwnedRun {
  readonly store: Store;
  readonly owned: OwnedStudy;
  readonly study: StudyRow;
  readonly prepared: PreparedRun;
  readonly trials: number;
  /** Leaves what ended trials have saved for their next attempt. */
  readonly keepCheckpoints: boolean;
}

/** Runs an owned study to its end, shows it meanwhile, and hands the study back. */
export async function runOwned(run: OwnedRun, { log, shown, intro }: RunOutput): Promise<RunSummary> {
  const { store, owned, study, prepared, trials } = run;
  const { settings, engine } = prepared;
  const began = Date.now();
  const control = runControl();
  const checkpoints = checkpointCleaner(studyCheckpoints(store.location, study.name), run.keepCheckpoints);
  const people = lately((event: StudyEvent) => {
    if (event.kind === "trial-ended") checkpoints.ended(event.number);
    logEvent(log, event);
    shown.hear(event);
  });
  const signals = stopOnSignals(control, people.hear);
  intro(prepared); // only now: a Ctrl-C always finds somebody who hears it
  checkpoints.sweep((await owned.reads.waiting()).map(({ number }) => number));
  const counts = await owned.reads.counts();
  const finished = finishedOf(counts);
  shown.begin({
    name: study.name,
    total: trials,
    finished,
    directions: study.directions,
    splitCount: study.splitCount,
    best: reading(store.location, (db) => bestOf(db, study)).best,
    splitTimeoutMs: fixedSplitTimeout(settings),
    memoryBytes: prepared.memoryBytes,
    slots: () => engine.slots(),
  });
  const backend = prepared.backend?.backend ?? null;
  const facts = { study: study.name, trials, workers: settings.workers, backend, finished };
  log.info(facts, `Study ${study.name} runs`);
  let end: StudyEnd | null = null;
  try {
    end = await runStudy(planOf(run, people.hear), control);
  } finally {
    people.flush();
    shown.end();
    await engine.close();
    checkpoints.close();
    // A full disk is waited for here too; `signals` still hears a Ctrl-C meanwhile.
    if (end) {
      const retrying = retryingStudy(owned, systemClock, control, people.hear);
      await retrying.update({ activeMs: study.activeMs + Date.now() - began });
      await retrying.release(end, "ctrl-c");
    }
    signals.remove();
    people.close();
  }
  log.info({ study: study.name, state: end }, `Study ${study.name} ended: ${end}`);
  return summarise(run, end, Date.now() - began);
}

/** A run that the disk has ended says how to go on: the study is there, with what was recorded. */
export function withResume(error: unknown, file: string, name: string): unknown {
  if (!(error instanceof BelayError) || !isResumable(error)) return error;
  const advice = `\`${commandOn(file, "resume", name)}\` runs again what could not be recorded`;
  return new BelayError(error.code, `${error.message}; ${advice}`, { cause: error });
}

function planOf({ store, owned, study, prepared, trials }: OwnedRun, listen: RunPlan["listen"]): RunPlan {
  const { settings, engine, memoryBytes } = prepared;
  const { trialTimeoutMs, graceMs } = settings;
  return {
    owned,
    engine,
    sampler: samplers.make("sampler", study.sampler),
    pruner: pruners.make("pruner", study.pruner),
    space: study.space,
    directions: study.directions,
    splitCount: study.splitCount,
    seed: study.seed,
    noise: study.noise,
    limits: { splitTimeoutMs: fixedSplitTimeout(settings), trialTimeoutMs, memoryBytes, graceMs },
    trials,
    studyTimeoutMs: settings.studyTimeoutMs,
    target: settings.target,
    lag: settings.deterministic,
    clock: systemClock,
    listen,
    scheduling: schedulingOf(prepared, study, store.location),
  };
}

async function summarise(
  { store, owned, study }: OwnedRun,
  state: StudyEnd,
  durationMs: number,
): Promise<RunSummary> {
  const { complete, pruned, fail, waiting, running } = await owned.reads.counts();
  const trials = { complete, pruned, fail, waiting, running };
  const best = reading(store.location, (db) => bestOf(db, study));
  return {
    study: study.name,
    state,
    trials,
    ...best,
    durationMs,
    db: relative(process.cwd(), store.location),
  };
}

/** Checks what `--enqueue` gave. @throws BelayError `usage` that names the param. */
export function readEnqueued(
  study: Pick<StudyRow, "space">,
  given: readonly string[],
  option = "--enqueue",
): Record<string, never>[] {
  return given.map((text) => {
    let params: unknown;
    try {
      params = JSON.parse(text);
    } catch {
      params = null;
    }
    if (params === null || typeof params !== "object" || Array.isArray(params)) {
      throw new BelayError(
        "usage",
        `${option}: expected a JSON object such as '{"learningRate":0.01}', got ${JSON.stringify(text)}`,
      );
    }
    toRow(study.space, params as Record<string, unknown>);
    return params as Record<string, never>;
  });
}
