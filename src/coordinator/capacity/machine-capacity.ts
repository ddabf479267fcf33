import type { AvailableMemory, CpuShares, Machine } from "../../core/engine.ts";
import { type Admission, admit, type MemoryBudget, type MemoryClaim } from "../../scheduler/admission.ts";
import { concurrency } from "../../scheduler/concurrency.ts";
import type { RunningStudy } from "../study.ts";
import type { Peaks } from "./peaks.ts";

/** What the machines of a run have in common. */
export interface Shared {
  readonly study: Pick<RunningStudy, "scheduling" | "attempts" | "clock">;
  readonly peaks: Peaks;
  readonly reserveBytes: () => number;
  /** Whether trials give way to other programs. */
  readonly yields: () => boolean;
}

const QUIET = { cpuOthers: 0, memoryUsed: 0 };

/** What one machine can take: how many trials, and which ones fit beside those that run on it. */
export function machineCapacity(first: Machine, { study, peaks, reserveBytes, yields }: Shared) {
  const { scheduling, attempts, clock } = study;
  let machine = first;
  let { slots } = machine;
  let memory = machine.memory();
  const number = concurrency({
    ceiling: slots,
    admission: scheduling?.admission ?? false,
    ...(scheduling ? { thresholds: scheduling.thresholds } : {}),
  });

  /** Takes the slots that the machine has now as the ceiling; reductions by kills for lack of memory are forgotten. */
  function reset(): void {
    slots = machine.slots;
    number.ceiling = slots;
  }

  /** What its trials and idle hosts hold, and what they are expected to hold at their peaks. */
  function held({ availableBytes }: AvailableMemory): {
    readonly budget: MemoryBudget;
    readonly claims: readonly MemoryClaim[];
  } {
    const views = machine.views();
    const running = views.filter(({ trial }) => trial !== null);
    const idle = views.filter(({ trial }) => trial === null).map(({ rssBytes }) => rssBytes ?? 0);
    const budget = {
      availableBytes,
      reserveBytes: reserveBytes(),
      runningBytes: running.reduce((sum, { rssBytes }) => sum + (rssBytes ?? 0), 0),
      idleBytes: idle.reduce((sum, bytes) => sum + bytes, 0),
      largestIdleBytes: Math.max(0, ...idle),
    };
    const rssOf = new Map(running.map(({ trial, rssBytes }) => [trial!, rssBytes]));
    const claims = [...attempts.on(machine.name).values()].map((attempt) =>
      peaks.claim(attempt, rssOf.get(attempt.number) ?? null),
    );
    return { budget, claims };
  }

  return {
    name: machine.name,
    get cores() {
      return machine.cores;
    },
    /** How many trials may run on it at a time. */
    get target() {
      return Math.min(number.target, slots);
    },
    /** How many more trials may start on it now. */
    get free() {
      return machine.isShort ? 0 : Math.max(0, this.target - attempts.on(machine.name).size);
    },
    get isShort() {
      return machine.isShort;
    },
    get limitedBy() {
      return number.limitedBy;
    },
    /** All of its memory as it was last read; null: not known. */
    get totalBytes() {
      return memory?.totalBytes ?? null;
    },
    reset,
    /** Takes the machine as the engine tells of it now. */
    follow(now: Machine): void {
      machine = now;
      if (machine.slots !== slots) reset();
    },
    readMemory(): AvailableMemory | null {
      memory = machine.memory();
      return memory;
    },
    /** Its memory budget and what its trials claim of it; null: its memory is not known. */
    held(): ReturnType<typeof held> | null {
      const now = this.readMemory();
      return now && held(now);
    },
    /** @returns whether a trial fits beside those that run here. Its answers hold until a trial starts or ends. */
    admission(): (row: Float64Array) => Admission {
      let now: ReturnType<typeof held> | null = null;
      return (row) => {
        now ??= this.held();
        return now ? admit(peaks.expected(row), now.claims, now.budget) : { admit: true };
      };
    },
    /** Reads the load; called once a second. @returns the load, and whether more or fewer trials may run now. */
    sense(): { readonly cpu: CpuShares; readonly isChanged: boolean } {
      const cpu = machine.load();
      const now = this.readMemory();
      const memoryUsed = now ? 1 - now.availableBytes / now.totalBytes : 0;
      const load = yields() ? { cpuOthers: cpu.others, memoryUsed } : QUIET;
      return { cpu, isChanged: number.step(load, clock.elapsed()) };
    },
    /** Records that one of its trials was killed because the machine was short of memory. */
    killed(): void {
      number.killed(attempts.on(machine.name).size, clock.elapsed());
    },
  };
}

export type MachineCapacity = ReturnType<typeof machineCapacity>;
