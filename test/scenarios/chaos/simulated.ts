import { rmSync } from "node:fs";
import { runControl } from "../../../src/coordinator/control.ts";
import { run } from "../../../src/coordinator/run.ts";
import type { Engine } from "../../../src/core/engine.ts";
import { BelayError } from "../../../src/core/error.ts";
import { pruners } from "../../../src/pruner/registry.ts";
import { samplers } from "../../../src/sampler/registry.ts";
import { type VirtualClock, virtualClock } from "../../../src/simulation/clock.ts";
import { simulatedEngine } from "../../../src/simulation/engine.ts";
import { faultInjector } from "../../../src/simulation/faults.ts";
import { type Scenario, scenarioOf } from "../../../src/simulation/scenario.ts";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { openSqliteStore } from "../../../src/sqlite/store.ts";
import { makeStopRules } from "../../../src/stop-rule/registry.ts";
import type { OwnedStudy } from "../../../src/store/owned-study.ts";
import type { Store } from "../../../src/store/store.ts";
import { PRUNERS } from "../../support/pruners.ts";
import { drawFaults } from "./fate.ts";
import { brokenPromises } from "./invariants.ts";
import { ownStudy, tightMemory, tightScheduling } from "./study.ts";
import { checkAnswers, lostRecords, noteTraining, recorder } from "./witness.ts";
import { type Campaign, isTight, newWorld, PARKING, type World } from "./world.ts";

// Simulated chaos: the real coordinator over a real SQLite file, with simulated slots on a virtual clock. Its process
// "dies" at named points of the loop; the next process gets only what the file held at that moment.

/** All faults besides crashes, and two situations that must also have come at least once. */
export const SIMULATED_FAULTS: readonly string[] = [
  "write fails: busy",
  "write fails: full",
  "write fails: read-only",
  "clock jumps",
  "ctrl-c",
  "end now",
  "log cut",
  "taken over",
  "compared with an undisturbed run",
  "a trial waits for memory",
  "parked trials are taken up again",
  "a stop rule holds",
];
const MAX_LIVES = 60;

/** Runs the study of a seed through faults until its target is reached. */
export async function simulatedChaos(seed: number): Promise<Campaign> {
  const scenario = scenarioOf(seed, samplers.names, PRUNERS, seed % 7 === 3 ? PARKING : {});
  const world = newWorld(scenario);
  try {
    const broken = await runUntilTarget(world);
    return {
      broken: broken.length > 0 ? broken : await differences(world),
      fired: world.fired,
      lives: world.lives,
    };
  } finally {
    rmSync(world.folder, { recursive: true, force: true });
  }
}

/** The trials of a run of the same scenario without faults, for comparison. */
async function undisturbed(scenario: Scenario): Promise<unknown[]> {
  const world = newWorld(scenario);
  try {
    world.crashesLeft = 0;
    await runLife(world, { faults: false });
    return trialsOf(world.file);
  } finally {
    rmSync(world.folder, { recursive: true, force: true });
  }
}

async function runUntilTarget(world: World): Promise<string[]> {
  for (; world.lives < MAX_LIVES; world.lives++) {
    const end = await runLife(world, { faults: world.crashesLeft > 0 });
    const db = openDatabase(world.file);
    const ended = end === "finished" || end === "exhausted" || end === "converged";
    if (end === "converged") world.fired["a stop rule holds"] = 1;
    const target = end === "finished" ? world.scenario.trials : null;
    const broken = [...brokenPromises(db, { ended, target }), ...lostRecords(world, db), ...world.wrong];
    db.close();
    if (broken.length > 0) return broken.map((line) => `life ${world.lives} (${end}): ${line}`);
    if (ended) return [];
  }
  return [`the target was not reached in ${MAX_LIVES} lives`];
}

/** One life of a coordinator: opens the file, owns the study, settles, and runs until its end or its crash. */
async function runLife(world: World, { faults }: { readonly faults: boolean }): Promise<string> {
  const { scenario } = world;
  const clock = virtualClock(world.nowMs);
  const store = openSqliteStore(world.file, { durability: "normal", now: clock.now });
  const control = runControl();
  world.toldToEnd = false;
  const { stop } = control;
  control.stop = () => {
    world.toldToEnd = true; // Called for a person only: a failing run ends itself by stopNow.
    stop();
  };
  const { died, at } = drawFaults(world, clock, control, faults);
  const life = faultInjector(clock, at);
  const engine = simulatedEngine({
    clock,
    ...scenario,
    ...(isTight(scenario) ? tightMemory(scenario.workers) : {}),
    onTrain: (task, split) => noteTraining(world, task, split),
  });
  const finished = work(
    world,
    { store, wrapStudy: (owned: OwnedStudy) => life.study(recorder(world, store, owned)) },
    life.engine(checkAnswers(world, engine)),
    clock,
    control,
  );
  const end = await Promise.race([died, finished.catch((error) => failed(world, error))]);
  clock.stop();
  world.nowMs = clock.now() + 1_000;
  world.epoch = null;
  await world.rival;
  await new Promise((resolve) => setImmediate(resolve)); // Writes that were on their way go to the abandoned file.
  await store.close();
  // A failing disk may end the life before it learns of the other owner.
  if (world.rival && !["stale", "crash", "store-error"].includes(end))
    world.wrong.push(`taken over, it ended as ${end}`);
  world.rival = null;
  return end;
}

interface Access {
  readonly store: Store;
  /** Wraps the study so that this life crashes and fails as drawn. */
  readonly wrapStudy: (owned: OwnedStudy) => OwnedStudy;
}

async function work(
  world: World,
  { store, wrapStudy }: Access,
  engine: Engine,
  clock: VirtualClock,
  control: ReturnType<typeof runControl>,
): Promise<string> {
  const { scenario } = world;
  const owned = wrapStudy(await ownStudy(world, store));
  Object.assign(world, { studyId: owned.id, epoch: owned.epoch });
  await owned.settle();
  const { space, sampler, pruner, splitCount, splitOrder, seed, trials, lag, workers, stop } = scenario;
  const end = await run(
    {
      owned,
      engine,
      sampler: samplers.make("sampler", sampler),
      pruner: pruners.make("pruner", pruner),
      space,
      directions: ["minimize"],
      splitCount,
      splitOrder,
      seed,
      noise: false,
      limits: { splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null, graceMs: 1_000 },
      trials,
      studyTimeoutMs: null,
      target: null,
      stopRules: makeStopRules("stop", stop),
      lag,
      clock,
      listen: (event) => {
        if (event.kind === "unparked") world.fired["parked trials are taken up again"] = 1;
        if (event.kind === "metrics" && event.metrics.waiting > 0)
          world.fired["a trial waits for memory"] = 1;
      },
      ...(isTight(scenario) ? { scheduling: tightScheduling(workers) } : {}),
    },
    control,
  );
  await owned.update({ activeMs: 1 });
  await owned.release(end.state, "ctrl-c", end.detail);
  return end.state;
}

/**
 * How a run ended that threw: a takeover may cause that, and a failing store while the run was ending; nothing else.
 */
function failed(world: World, error: unknown): string {
  const code = error instanceof BelayError ? error.code : null;
  if (code === "stale" && world.rival) return "stale";
  const isExpected =
    code === "store" && Object.keys(world.fired).some((name) => name.startsWith("write fails: "));
  if (!isExpected) throw error;
  // A failing write may end a run that is ending; in any other run it is retried until it succeeds.
  if (!world.toldToEnd)
    world.wrong.push(`a write that failed has ended the run: ${(error as BelayError).message}`);
  return "store-error";
}

/** Compares the trials with those of a run without faults, in scenarios where they must be equal. */
async function differences(world: World): Promise<string[]> {
  const { scenario } = world;
  if (scenario.workers > 1 && scenario.lag === null) return [];
  const trials = trialsOf(world.file);
  // A trial whose attempts ran out has another outcome, so later proposals differ too.
  if (trials.some(({ reason }) => reason === "interrupted")) return [];
  const expected = JSON.stringify(await undisturbed(scenario));
  world.fired["compared with an undisturbed run"] = 1;
  return JSON.stringify(trials) === expected ? [] : ["the trials differ from those of an undisturbed run"];
}

interface Compared {
  readonly reason: string | null;
}

function trialsOf(file: string): Compared[] {
  const db = openDatabase(file, { readonly: true });
  try {
    return db
      .prepare("SELECT number, state, reason, value, params FROM trials ORDER BY number")
      .all() as Compared[];
  } finally {
    db.close();
  }
}
