import type { AvailableMemory, CpuShares } from "../../core/engine.ts";
import { type Workers, workersCeiling } from "../../scheduler/workers.ts";
import type { RunControl } from "../control.ts";
import type { StudyEvent } from "../events.ts";
import type { Attempt } from "../running-attempts.ts";
import type { RunningStudy } from "../study.ts";
import { openMachines } from "./machines.ts";
import { openPeaks } from "./peaks.ts";
import { type Placement, placing } from "./placing.ts";

/** The parts of the study that decide its capacity. */
type Sensed = Pick<RunningStudy, "engine" | "scheduling" | "clock" | "space" | "attempts" | "limits">;

/**
 * Applies the decisions of `scheduler/` to a run: how many trials may run now, and on which machine one more fits. It
 * follows the machines that the engine tells of.
 */
export function openCapacity(study: Sensed, control: Pick<RunControl, "wake">) {
  const { engine, scheduling, attempts } = study;
  const peaks = openPeaks(study);
  let workers: Workers | null = scheduling?.workers ?? null;
  let reserve = scheduling?.limits.reserveBytes ?? 0;
  let cpu: CpuShares | null = null;
  let finished = 0;
  let isBlocked = false;
  const reserveBytes = (): number => reserve;
  const shared = { study, peaks, reserveBytes, yields: () => workers === "auto" };
  const machines = openMachines(study, shared, control);

  /** How many trials a person allows to run at a time, on all machines together. */
  const most = (): number => (typeof workers === "number" ? workers : Number.POSITIVE_INFINITY);

  /** Whether a trial may have to wait for memory on a machine. */
  function isWatched(row: Float64Array, machine: string): boolean {
    if (!scheduling?.admission || attempts.on(machine).size === 0) return false;
    // A number of workers that a person has chosen is trusted until the first peak is known. If a trial has finished and
    // no peak is known, peaks cannot be measured, so nothing can be held back.
    return peaks.expected(row) !== null || (typeof workers !== "number" && finished === 0);
  }

  return {
    /** How many trials may run at a time. It changes while the run lasts, and may be 0 for a while. */
    get slots() {
      const slots = machines.sum(({ target }) => target);
      return Math.min(most(), slots);
    },
    /** Whether one more trial may start beside those that run. Memory is not considered: that is `placing`. */
    hasRoom(running: number): boolean {
      if (running >= most()) return false;
      const elsewhere = running - attempts.size; // trials that end without having been sent to a machine
      return machines.sum(({ free }) => free) > elsewhere;
    },
    /** What keeps the number of slots below what a person has allowed; null if nothing does. */
    get limitedBy() {
      return machines.limitedBy;
    },
    get isBlocked() {
      return isBlocked;
    },
    /** Whether every machine is below its reserve. */
    get isShort() {
      return machines.isShort;
    },
    get workers(): Workers {
      return workers ?? this.slots;
    },
    set workers(next: Workers) {
      engine.resize(scheduling ? workersCeiling(next, scheduling.machine) : this.slots);
      workers = next;
      machines.reset();
      control.wake();
    },
    get reserveBytes() {
      return reserve;
    },
    set reserveBytes(next: number) {
      reserve = next;
      engine.reserve(next);
    },
    /** The memory of the largest machine; 0 if none is known. */
    get largestBytes() {
      return machines.largestBytes;
    },
    /** The last reading of the processors' load, as shares from 0 to 1; null before the first one. */
    get cpu() {
      return cpu;
    },
    /** The memory of all machines together; null in a run without scheduling, or if it is not known. */
    readMemory: (): AvailableMemory | null => (scheduling ? machines.readMemory() : null),
    /** The memory budget, and how much of it running trials are expected to take; null in a run without scheduling. */
    get memory() {
      return scheduling ? machines.budget() : null;
    },
    /** Reads the load; called once a second. Only `auto` gives way to other programs; kills for memory count always. */
    sense(): void {
      if (scheduling) cpu = machines.sense();
    },
    /** Whether a trial with these params could run on a machine if no other ran there. */
    couldRun(row: Float64Array, name: string): boolean {
      const machine = machines.get(name);
      return machine !== undefined && machines.couldRun(row, machine);
    },
    /** How many trials may run at a time on the machines that are large enough for one with these params. */
    slotsFor(row: Float64Array): number {
      const slots = machines.sum((machine) => (machines.couldRun(row, machine) ? machine.target : 0));
      return Math.min(most(), slots);
    },
    /** Whether a trial may start on some machine on which none of these, which have waited long enough, could run. */
    hasRoomBeside: (rows: readonly Float64Array[]): boolean =>
      machines.sum((machine) => (rows.some((row) => machines.couldRun(row, machine)) ? 0 : machine.free)) > 0,
    /** @returns where a trial may start: see `placing`. */
    placing(): (row: Float64Array, before: readonly Float64Array[]) => Placement {
      const place = placing({ machines, peaks, reserveBytes, isWatched });
      return (row, before) => {
        const placement = place(row, before);
        isBlocked = !placement.admit;
        return placement;
      };
    },
    /** Ends the subscription to the engine. */
    close: machines.close,
    learn(event: StudyEvent, attempt: Attempt | null): void {
      if (event.kind === "split" && attempt) attempt.peakBytes = event.result.memory.peakBytes;
      else if (event.kind === "trial-ended") {
        if (attempt) attempt.isRepresentative = isPeakRepresentative(event.outcome);
        if (attempt && isShortage(event.outcome)) machines.get(attempt.machine)?.killed();
      } else if (event.kind === "memory" && attempt) {
        finished++;
        const peakBytes = event.memory.peakBytes ?? event.memory.rssBytes;
        if (attempt.isRepresentative && peakBytes !== null) peaks.observe(attempt.row, peakBytes);
      }
    },
  };
}

type Ended = Extract<StudyEvent, { kind: "trial-ended" }>["outcome"];

/** Whether the peak of a trial is representative. A trial that failed early says little about what it would have held. */
function isPeakRepresentative(outcome: Ended): boolean {
  return outcome.state !== "fail" || outcome.reason === "heap";
}

/** Whether the machine was short of memory, and not the trial over its own limit: the brake or the kernel killed it. */
function isShortage(outcome: Ended): boolean {
  if (outcome.state === "pruned") return outcome.reason === "memory-reserve";
  return outcome.state === "fail" && outcome.reason === "crash" && outcome.detail.signal === "SIGKILL";
}

export type Capacity = ReturnType<typeof openCapacity>;
