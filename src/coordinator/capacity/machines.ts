import type { AvailableMemory, CpuShares } from "../../core/engine.ts";
import { budgetBytes, claimedBytes } from "../../scheduler/admission.ts";
import type { RunControl } from "../control.ts";
import type { RunningStudy } from "../study.ts";
import { type MachineCapacity, machineCapacity, type Shared } from "./machine-capacity.ts";

/** The memory budget of trials, and how much of it running trials are expected to take. */
export interface Budget {
  readonly budgetBytes: number;
  readonly claimedBytes: number;
  readonly hostsBytes: number;
}

/** The machines that the engine tells of, each with what it can take. They come, go and change while a run lasts. */
export function openMachines(
  { engine }: Pick<RunningStudy, "engine">,
  shared: Shared,
  control: Pick<RunControl, "wake">,
) {
  const { scheduling } = shared.study;
  let machines: ReadonlyMap<string, MachineCapacity> = new Map();
  let largestBytes = 0;

  function follow(): void {
    machines = new Map(
      engine.machines().map((machine) => {
        const known = machines.get(machine.name);
        known?.follow(machine);
        return [machine.name, known ?? machineCapacity(machine, shared)];
      }),
    );
    measure();
    control.wake();
  }

  function measure(): void {
    largestBytes = 0;
    for (const { target, totalBytes } of machines.values())
      if (target > 0) largestBytes = Math.max(largestBytes, totalBytes ?? 0);
  }

  function sum(of: (machine: MachineCapacity) => number): number {
    let total = 0;
    for (const machine of machines.values()) total += of(machine);
    return total;
  }

  const close = engine.subscribe(follow);
  follow();

  return {
    values: (): Iterable<MachineCapacity> => machines.values(),
    get: (name: string): MachineCapacity | undefined => machines.get(name),
    sum,
    /** Whether every machine is below its reserve. */
    get isShort() {
      return machines.size > 0 && [...machines.values()].every((machine) => machine.isShort);
    },
    get limitedBy() {
      for (const { limitedBy } of machines.values()) if (limitedBy) return limitedBy;
      return null;
    },
    /** The memory of the largest machine; 0 if none is known. */
    get largestBytes() {
      return largestBytes;
    },
    /** Whether a trial could run on a machine if no other ran there. One that fits nowhere runs on the largest. */
    couldRun(row: Float64Array, { totalBytes }: MachineCapacity): boolean {
      if (machines.size === 1 || !scheduling?.admission || totalBytes === null) return true;
      if (totalBytes >= largestBytes) return true;
      const forecast = shared.peaks.expected(row);
      return forecast === null || forecast.high <= totalBytes - shared.reserveBytes();
    },
    /** Forgets reductions by kills for lack of memory. */
    reset(): void {
      for (const machine of machines.values()) machine.reset();
    },
    /** The memory of all machines together; null if it is not known of any. */
    readMemory(): AvailableMemory | null {
      const read = [...machines.values()].flatMap((machine) => machine.readMemory() ?? []);
      if (read.length === 0) return null;
      return {
        totalBytes: read.reduce((total, { totalBytes }) => total + totalBytes, 0),
        availableBytes: read.reduce((total, { availableBytes }) => total + availableBytes, 0),
      };
    },
    /** The budgets of all machines together; null if none is known. */
    budget(): Budget | null {
      const held = [...machines.values()].flatMap((machine) => machine.held() ?? []);
      if (held.length === 0) return null;
      return {
        budgetBytes: held.reduce((total, { budget }) => total + budgetBytes(budget), 0),
        claimedBytes: held.reduce((total, { claims }) => total + claimedBytes(claims), 0),
        hostsBytes: held.reduce((total, { budget }) => total + budget.runningBytes + budget.idleBytes, 0),
      };
    },
    /** Reads the load of each. @returns that of all processors; null without a machine. */
    sense(): CpuShares | null {
      const cores = sum((machine) => machine.cores);
      const cpu = { total: 0, others: 0 };
      let isChanged = false;
      for (const machine of machines.values()) {
        const sensed = machine.sense();
        const share = machines.size === 1 ? 1 : machine.cores / cores;
        cpu.total += share * sensed.cpu.total;
        cpu.others += share * sensed.cpu.others;
        isChanged ||= sensed.isChanged;
      }
      measure();
      if (isChanged) control.wake();
      return machines.size === 0 ? null : cpu;
    },
    /** Ends the subscription to the engine. */
    close,
  };
}

export type Machines = ReturnType<typeof openMachines>;
