import { type RunControl, runControl } from "../../src/coordinator/control.ts";
import type { StudyEvent } from "../../src/coordinator/events.ts";
import { run } from "../../src/coordinator/run.ts";
import { type Engine, slotsOf } from "../../src/core/engine.ts";
import type { Pruner } from "../../src/core/search/pruner.ts";
import type { Asker } from "../../src/core/search/sampler.ts";
import type { Space } from "../../src/core/space/space.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { THRESHOLDS } from "../../src/scheduler/concurrency.ts";
import type { SchedulerOptions } from "../../src/scheduler/options.ts";
import type { VirtualClock } from "../../src/simulation/clock.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { Store } from "../../src/store/store.ts";
import { newStudy, temporaryFolder } from "./store.ts";

/** The parts of a simulated run. */
export interface SimulatedRun {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly space: Space;
  readonly trials: number;
  readonly scheduling: Partial<SchedulerOptions>;
  readonly seed?: number;
  readonly studyTimeoutMs?: number;
  /** Number of splits of a trial. Default 1. */
  readonly splitCount?: number;
  /** What is asked for params. Default `random`. */
  readonly sampler?: Asker;
  /** Stops and pauses the run. Default a control that nobody else has. */
  readonly control?: RunControl;
  /** The lag of a deterministic run. Default: it is none. */
  readonly lag?: number;
  /** Judges the trials. Default none. */
  readonly pruner?: Pruner;
  /** Wraps the study before the run gets it. Default: it is not wrapped. */
  readonly through?: (owned: OwnedStudy) => OwnedStudy | Promise<OwnedStudy>;
  /** Called with the store and the study's id before the run starts. */
  readonly begin?: (store: Store, studyId: number) => void;
}

/** Runs the real coordinator with a simulated engine. */
export async function simulate(options: SimulatedRun) {
  const {
    clock,
    engine,
    space,
    trials,
    scheduling,
    seed = 1,
    splitCount = 1,
    through = (same) => same,
  } = options;
  const store = openSqliteStore(`${temporaryFolder()}/belay.db`, { durability: "normal", now: clock.now });
  const owned = await store.createStudy(
    newStudy({ space, splitCount, seed, directions: ["minimize"], trials }),
    currentIdentity(),
  );
  const events: StudyEvent[] = [];
  options.begin?.(store, owned.id);
  const began = clock.elapsed();
  const { state: end } = await run(
    {
      ...{
        owned: await through(owned),
        clock,
        space,
        splitCount,
        seed,
        lag: options.lag ?? null,
        trials,
        engine,
      },
      sampler: options.sampler ?? samplers.make("sampler", "random"),
      pruner: options.pruner ?? pruners.make("pruner", "none"),
      directions: ["minimize"],
      noise: false,
      limits: { splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null, graceMs: 1 },
      studyTimeoutMs: options.studyTimeoutMs ?? null,
      target: null,
      listen: (event) => void events.push(event),
      scheduling: {
        workers: "auto",
        machine: { cores: Math.max(1, slotsOf(engine.machines())), gpus: null },
        admission: true,
        breaker: {},
        autoSplitTimeout: false,
        thresholds: THRESHOLDS,
        settings: {},
        limits: owned.row.limits,
        past: [],
        ...scheduling,
      },
    },
    options.control ?? runControl(),
  );
  const elapsedMs = clock.elapsed() - began;
  clock.stop();
  return { end, events, elapsedMs, store, owned };
}
