import { formatSize } from "../../core/units.ts";
import type { Refusal } from "../../scheduler/admission.ts";
import type { MachineCapacity } from "./machine-capacity.ts";
import type { Machines } from "./machines.ts";
import type { Peaks } from "./peaks.ts";

/** The machine on which a trial may start now, by its name; or why it has to wait. */
export type Placement = { readonly admit: true; readonly machine: string } | Refusal;

/** What decides where trials may start. */
export interface PlacingOptions {
  readonly machines: Machines;
  readonly peaks: Peaks;
  readonly reserveBytes: () => number;
  /** Whether a trial may have to wait for memory on a machine. */
  readonly isWatched: (row: Float64Array, machine: string) => boolean;
}

/**
 * Finds where a trial may start. Answers hold until a trial starts or ends, or a machine changes.
 *
 * @returns a function of the params of the trial, and of those of trials that have waited long enough: the machines on
 *   which one of these could run are left out.
 */
export function placing({ machines, peaks, reserveBytes, isWatched }: PlacingOptions) {
  const admissions = new Map<string, ReturnType<MachineCapacity["admission"]>>();

  /** Why a trial waits that could run only on machines on which none may start now. */
  function waitsForLarger(row: Float64Array): Refusal {
    const needed = peaks.expected(row)?.high ?? 0;
    let freeBytes = 0;
    for (const { free, totalBytes } of machines.values())
      if (free > 0) freeBytes = Math.max(freeBytes, (totalBytes ?? 0) - reserveBytes());
    return {
      admit: false,
      why: `expected to need up to ${formatSize(needed)}: it waits for a machine that is large enough`,
      missingBytes: Math.max(0, needed - freeBytes),
    };
  }

  return (row: Float64Array, before: readonly Float64Array[]): Placement => {
    let refusal: Refusal | null = null;
    for (const machine of mostRoomFirst(machines.values())) {
      if (!machines.couldRun(row, machine) || before.some((other) => machines.couldRun(other, machine)))
        continue;
      const { name } = machine;
      if (!isWatched(row, name)) return { admit: true, machine: name };
      if (!admissions.has(name)) admissions.set(name, machine.admission());
      const answer = admissions.get(name)!(row);
      if (answer.admit) return { admit: true, machine: name };
      if (!refusal || (answer.missingBytes ?? 0) < (refusal.missingBytes ?? 0)) refusal = answer;
    }
    return refusal ?? waitsForLarger(row);
  };
}

/**
 * The machines on which a trial may start, the one with the largest share of free slots first; of equal ones the one that
 * comes first. Mostly only the first is asked for, so the others are put in order only if they are.
 */
function* mostRoomFirst(machines: Iterable<MachineCapacity>): Generator<MachineCapacity> {
  const open: { readonly machine: MachineCapacity; readonly share: number }[] = [];
  let first: (typeof open)[number] | null = null;
  for (const machine of machines) {
    const { free, target } = machine;
    if (free === 0) continue;
    const entry = { machine, share: free / target };
    open.push(entry);
    if (first === null || entry.share > first.share) first = entry;
  }
  if (first === null) return;
  yield first.machine;
  open.sort((a, b) => b.share - a.share);
  for (const entry of open) if (entry !== first) yield entry.machine;
}
