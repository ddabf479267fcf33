import type { Rng } from "../../../src/core/rng.ts";
import { currentIdentity, type Identity } from "../../../src/machine/identity.ts";
import { THRESHOLDS } from "../../../src/scheduler/concurrency.ts";
import type { SchedulerOptions } from "../../../src/scheduler/options.ts";
import type { Scenario } from "../../../src/simulation/scenario.ts";
import type { OwnedStudy } from "../../../src/store/owned-study.ts";
import type { NewStudy } from "../../../src/store/records.ts";
import type { Store } from "../../../src/store/store.ts";
import type { World } from "./world.ts";

const STUDY = "chaos";
const LIMITS = {
  setupTimeoutMs: 1,
  splitTimeoutMs: null,
  trialTimeoutMs: null,
  memoryBytes: null,
  reserveBytes: 0,
  graceMs: 1,
};

/** Creates the study with its enqueued trials in the first life; in later lives claims it from its dead owner. */
export async function ownStudy(world: World, store: Store): Promise<OwnedStudy> {
  const identity = deadIdentity(world.chance, world.lives);
  const known = await store.find(STUDY);
  if (known) return store.claim(known.id, identity);
  return store.createStudy(newStudy(world.scenario), identity, world.scenario.enqueued);
}

/** The identity of a process that is dead: no such pid, a reused pid, or one from before a reboot. */
function deadIdentity(chance: Rng, life: number): Identity {
  const me = currentIdentity();
  const kind = chance.int(3);
  if (kind === 0) return { ...me, pid: 2 ** 22 + 1 + life };
  if (kind === 1) return { ...me, processStart: "1" };
  return { ...me, bootId: `boot-${life}` };
}

function newStudy({ seed, sampler, pruner, space, splitCount, trials }: Scenario): NewStudy {
  return {
    name: STUDY,
    directions: ["minimize"],
    space,
    splitCount,
    splitHash: "splits",
    codeHash: "code",
    studyFile: "/chaos.ts",
    seed,
    sampler,
    pruner,
    backend: null,
    noise: false,
    trials,
    maxAttempts: 3,
    settings: {},
    limits: LIMITS,
  };
}

/** The memory of a machine that has enough for about two trials of three. */
export const tightMemory = (workers: number) => ({ totalBytes: 1e9, availableBytes: 130e6 * workers });

/** Trials that do not fit wait for memory, as rows that a crash must not lose. */
export function tightScheduling(workers: number): SchedulerOptions {
  return {
    workers,
    machine: { cores: workers, gpus: null },
    admission: true,
    breaker: null,
    autoSplitTimeout: true,
    thresholds: THRESHOLDS,
    settings: {},
    limits: LIMITS,
    past: [],
  };
}
