import { accessSync, constants, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Rng, rng } from "../../../src/core/rng.ts";
import type { Scenario } from "../../../src/simulation/scenario.ts";

/** How often each fault came, by name. */
export type Fired = Record<string, number>;

/** What the seed of a campaign came to. */
export interface Campaign {
  /** One line for each broken promise. */
  readonly broken: readonly string[];
  readonly fired: Fired;
  readonly lives: number;
}

/** One simulated study and what has happened to it, over all lives of its coordinator. */
export interface World {
  readonly scenario: Scenario;
  readonly folder: string;
  readonly chance: Rng;
  /** The database; a death leaves it behind, and the next life gets a copy. */
  file: string;
  lives: number;
  crashesLeft: number;
  readonly fired: Fired;
  /** What a caller was told is recorded: `split ID/SPLIT` and `finish ID`. */
  readonly recorded: Map<string, number | string>;
  /** The ids of trials by their numbers. */
  readonly numbers: Map<number, number>;
  studyId: number;
  nowMs: number;
  /** That of the owner under way; null: there is none. */
  epoch: number | null;
  /** Another coordinator takes over; null: none has. */
  rival: Promise<void> | null;
  /** A person has told the run to end. */
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

/** In memory where that can be had: these deaths are of processes, so nothing has to reach a disk. */
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

/** Whether memory is short; where every run proposes the same trials it cannot play a part. */
export function isTight({ workers, lag }: Scenario): boolean {
  return workers > 1 && lag === null;
}
