import { accessSync, constants, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Rng, rng } from "../../../src/core/rng.ts";
import type { Scenario } from "../../../src/simulation/scenario.ts";

/** Number of times that each fault came, by its name. */
export type Fired = Record<string, number>;

/** The result of one seed of a campaign. */
export interface Campaign {
  /** One line for each broken promise. */
  readonly broken: readonly string[];
  readonly fired: Fired;
  readonly lives: number;
}

/** One simulated study, and what has happened to it over all lives of its coordinator. */
export interface World {
  readonly scenario: Scenario;
  readonly folder: string;
  readonly chance: Rng;
  /** The database. A crash leaves it behind, and the next life gets a copy. */
  file: string;
  lives: number;
  crashesLeft: number;
  readonly fired: Fired;
  /** Records that were confirmed to a caller, by `split ID/SPLIT` and `finish ID`. */
  readonly recorded: Map<string, number | string>;
  /** The ids of trials, by number. */
  readonly numbers: Map<number, number>;
  studyId: number;
  nowMs: number;
  /** The epoch of the present owner; null if there is none. */
  epoch: number | null;
  /** Settles when another coordinator has taken the study over; null if none is doing so. */
  rival: Promise<void> | null;
  /** Whether a person has told the run to end. */
  toldToEnd: boolean;
  readonly wrong: string[];
}

export function newWorld(scenario: Scenario): World {
  const folder = mkdtempSync(join(memoryFolder(), "belay-chaos-"));
  const chance = rng(scenario.seed, 1, "chaos");
  return {
    scenario,
    folder,
    chance,
    file: join(folder, "life-0.db"),
    lives: 0,
    crashesLeft: 1 + chance.int(10),
    fired: {},
    recorded: new Map(),
    numbers: new Map(),
    studyId: 0,
    nowMs: Date.UTC(2030, 0, 1),
    epoch: null,
    rival: null,
    toldToEnd: false,
    wrong: [],
  };
}

/** A file system in memory if there is one: crashes are of processes, so nothing has to reach a disk. */
function memoryFolder(): string {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}

export function count({ fired }: World, fault: string): void {
  fired[fault] = (fired[fault] ?? 0) + 1;
}

/**
 * Whether memory is short. It never is where every run must propose the same trials, because it changes their order.
 */
/** Studies in which a race stops trials that it would not stop later. Such trials are rare in other scenarios. */
export const PARKING: Partial<Scenario> = {
  ...{ sampler: "random", pruner: "race(alpha=0.4)", splitCount: 5, reports: 0, noise: 1, trials: 40 },
  ...{ workers: 1, lag: null, enqueued: [], stop: [], failures: 0 },
};

export function isParking({ pruner, noise, trials }: Scenario): boolean {
  return pruner === PARKING.pruner && noise === PARKING.noise && trials === PARKING.trials;
}

export function isTight({ workers, lag }: Scenario): boolean {
  return workers > 1 && lag === null;
}
