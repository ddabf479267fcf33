import { openAsker } from "../asker/asker.ts";
import type { StudyEvent } from "../coordinator/events.ts";
import { retryingStudy } from "../coordinator/retrying-study.ts";
import { type RunEnd, run } from "../coordinator/run.ts";
import type { RunPlan } from "../coordinator/study.ts";
import { systemClock } from "../core/clock.ts";
import { BelayError } from "../core/error.ts";
import type { History } from "../core/search/history.ts";
import { learnedHistory, mapTrials } from "../core/search/learned.ts";
import { finishedOf } from "../core/trial.ts";
import { pruners } from "../pruner/registry.ts";
import { bestOf } from "../report/best.ts";
import { makeStopRules, readStopRules as readTexts } from "../stop-rule/registry.ts";
import { commandOn } from "../store/command-line.ts";
import type { OwnedStudy } from "../store/owned-study.ts";
import type { StudyRow } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { isResumable } from "../store/store-error.ts";
import { deferEvents } from "./deferred-events.ts";
import { surplusNote } from "./enqueued.ts";
import type { Audience, Listen, RunFacts, RunningView } from "./events.ts";
import { trialLimits } from "./limits.ts";
import type { ReadyStudy } from "./prepare.ts";
import { schedulerOptions } from "./scheduler-options.ts";
import { fixedSplitTimeout } from "./settings.ts";
import { checkpointCleaner } from "./storage/checkpoints.ts";
import { withReader } from "./storage/databases.ts";
import { placesBeside } from "./storage/places.ts";
import { type RunSummary, summarise } from "./summary.ts";
import { endOccasion } from "./webhook/occasion.ts";
import type { Webhook } from "./webhook/webhook.ts";

/** A study that this process owns, ready to run. */
export interface OwnedRun {
  readonly store: Store;
  readonly owned: OwnedStudy;
  /** The row of the study as it is now. */
  readonly study: StudyRow;
  readonly ready: ReadyStudy;
  /** How many trials the study has when it is finished. */
  readonly trials: number;
  /** Keeps the checkpoints of ended trials. */
  readonly keepCheckpoints: boolean;
  /** Takes parked trials up again first. @default only when the trials are used up */
  readonly unpark?: boolean;
}

/** Runs an owned study to its end, passes on what happens, and releases the study; then its webhook gets the last message. */
export async function runOwned(own: OwnedRun, audience: Audience): Promise<RunSummary> {
  const webhook = await webhookOf(own, audience.listen);
  try {
    const summary = await runToEnd(own, audience, webhook);
    await webhook?.end(endOccasion(summary.state));
    return summary;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    await webhook?.end({ event: "interrupted", trouble: { kind: "error", text } });
    throw error;
  }
}

async function runToEnd(
  own: OwnedRun,
  { control, listen }: Audience,
  webhook: Webhook | null,
): Promise<RunSummary> {
  const { store, owned, study, ready, trials } = own;
  const began = Date.now();
  const checkpoints = checkpointCleaner(
    placesBeside(store.location).checkpoints(study.name),
    own.keepCheckpoints,
  );
  const events = deferEvents((event: StudyEvent) => {
    if (event.kind === "trial-ended") checkpoints.ended(event.number);
    listen(event);
    webhook?.hear(event);
  });
  const facts = factsOf(own);
  listen({ kind: "ready", ...facts });
  const surplus = surplusNote(
    await owned.reads.counts(),
    trials,
    commandOn(store.location, "resume", study.name),
  );
  if (surplus !== null) listen({ kind: "note", text: surplus });
  checkpoints.sweep((await owned.reads.waiting()).map(({ number }) => number));
  listen({ kind: "running", study: await viewOf(own), facts });
  const { space, directions, noise, seed } = study;
  const learned = await learnedBy(own);
  const asker = openAsker(study.sampler, { space, directions, noise, seed, learned });
  let end: RunEnd | null = null;
  try {
    end = await run(await planOf(own, { sampler: asker, learned }, events.add), control);
  } finally {
    events.flush();
    listen({ kind: "closing" });
    await Promise.all([ready.engine.close(), asker.close()]);
    checkpoints.close();
    // These writes wait for a full disk as those of the run do, and a stop still ends the wait.
    if (end) {
      const retrying = retryingStudy(owned, systemClock, control, events.add);
      await retrying.update({ activeMs: study.activeMs + Date.now() - began });
      await retrying.release(end.state, "ctrl-c", end.detail);
    }
    events.close();
  }
  const { state, detail } = end;
  listen({ kind: "ended", study: study.name, state, detail });
  return summarise(own, end, Date.now() - began);
}

/** The webhook that a run tells of its end and of trouble; null if it has none. */
async function webhookOf({ store, study, ready }: OwnedRun, listen: Listen): Promise<Webhook | null> {
  const { webhook: address } = ready.settings;
  if (address === null) return null;
  const { openWebhook } = await import("./webhook/webhook.ts"); // loaded late, because most runs have none
  return openWebhook({ address, db: store.location, study: study.name, listen });
}

/** Adds to an error that ended a run how to go on, if the study and all that was recorded are still there. */
export function withResume(error: unknown, file: string, name: string): unknown {
  if (!(error instanceof BelayError) || !isResumable(error)) return error;
  const advice = `\`${commandOn(file, "resume", name)}\` runs again what could not be recorded`;
  return new BelayError(error.code, `${error.message}; ${advice}`, { cause: error });
}

/** The stop rules that `belay set` asks for. */
function readStopRules(texts: readonly string[]) {
  const read = readTexts("stop", texts);
  return { texts: read, rules: makeStopRules("stop", read) };
}

function factsOf({ study, ready }: OwnedRun): RunFacts {
  const { settings } = ready;
  return {
    study: study.name,
    splitCount: study.splitCount,
    workers: settings.workers,
    mostWorkers: ready.workers,
    sampler: settings.sampler,
    pruner: settings.pruner,
    stop: settings.stop,
    seed: settings.seed,
    backend: ready.backend?.backend ?? null,
  };
}

async function viewOf({ store, owned, study, ready, trials }: OwnedRun): Promise<RunningView> {
  const counts = await owned.reads.counts();
  return {
    name: study.name,
    total: trials,
    finished: finishedOf(counts),
    directions: study.directions,
    splitCount: study.splitCount,
    best: (await withReader(store.location, (reader) => bestOf(reader, study))).best,
    splitTimeoutMs: fixedSplitTimeout(ready.settings),
    memoryBytes: ready.memoryBytes,
    slots: () => ready.engine.slots(),
  };
}

/** What the study learns from, as its sampler reads it: copies of another study's trials, mapped to the space as it is now. */
async function learnedBy({ store, study }: OwnedRun): Promise<History | null> {
  const learned = await withReader(store.location, (reader) => reader.learned(study.id));
  return learned && learnedHistory(study.space, mapTrials(study.space, learned.trials).trials);
}

async function planOf(
  { store, owned, study, ready, trials, unpark = false }: OwnedRun,
  { sampler, learned }: Required<Pick<RunPlan, "sampler" | "learned">>,
  listen: RunPlan["listen"],
): Promise<RunPlan> {
  const { settings } = ready;
  return {
    owned,
    engine: ready.engine,
    sampler,
    pruner: pruners.make("pruner", study.pruner),
    space: study.space,
    directions: study.directions,
    splitCount: study.splitCount,
    splitOrder: settings.splitOrder,
    unpark,
    seed: study.seed,
    noise: study.noise,
    learned,
    limits: trialLimits(settings, ready),
    trials,
    studyTimeoutMs: settings.studyTimeoutMs,
    target: settings.target,
    stopRules: makeStopRules("stop", settings.stop),
    readStopRules,
    activeMs: study.activeMs,
    lag: settings.deterministic,
    clock: systemClock,
    listen,
    scheduling: await schedulerOptions(ready, study, store.location),
  };
}
