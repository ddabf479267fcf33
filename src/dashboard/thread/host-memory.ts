import { liveness } from "../../machine/identity.ts";
import { procMeter } from "../../machine/meter.ts";
import type { Owner } from "../../store/ownership.ts";

/** Reads the memory of the hosts of runs on this machine. */
export interface HostMemory {
  /**
   * What reads the memory of a host by its pid.
   *
   * @param owner - The coordinator of the hosts: on another machine, or in another container, their pids mean nothing here.
   */
  of(owner: Owner | null): (pid: number) => number | null;
}

/** Reads from the system's list of processes; where there is none, nothing is known. */
export function hostMemory(): HostMemory {
  const meter = process.platform === "linux" ? procMeter() : null;
  const known = new Map<number, number>();
  return {
    of(owner) {
      if (meter === null || owner === null || liveness(owner) !== "alive") return () => null;
      return (pid) => {
        const reading = meter.read(pid);
        known.set(pid, performance.now());
        for (const [other, atMs] of known) {
          if (performance.now() - atMs < 60_000) continue;
          meter.forget(other); // its run is over, or nobody looks any more
          known.delete(other);
        }
        return reading instanceof Promise ? null : (reading?.rssBytes ?? null);
      };
    },
  };
}
