import type { Database } from "better-sqlite3";
import { type FinalReading, type LeakVerdict, leakVerdict } from "./leak.ts";
import { inSnapshot, requireStudy } from "./study.ts";

/** The final-memory row of one trial. Bytes; null where it is not known. */
export interface MemoryLogJson {
  readonly number: number;
  readonly state: string;
  readonly reason: string | null;
  readonly slot: number | null;
  readonly hostPid: number | null;
  readonly baselineBytes: number | null;
  readonly peakBytes: number | null;
  readonly finalBytes: number | null;
  readonly heapBytes: number | null;
  readonly externalBytes: number | null;
  readonly tensors: number | null;
  readonly tensorBytes: number | null;
  readonly gpuBytes: number | null;
  readonly source: string;
}

/** `memory <study> --json`. */
export interface MemoryReport extends LeakVerdict {
  readonly study: string;
  readonly limitBytes: number | null;
  /** In the order in which the trials ended. */
  readonly log: readonly MemoryLogJson[];
  readonly slots: readonly ({ readonly slot: number } & LeakVerdict)[];
}

const SELECT = `SELECT t.number, t.state, t.reason, a.slot, a.host_pid AS hostPid,
  m.baseline_bytes AS baselineBytes, m.peak_bytes AS peakBytes, m.rss_bytes AS finalBytes, m.heap_bytes AS heapBytes,
  m.external_bytes AS externalBytes, m.tensors, m.tensor_bytes AS tensorBytes, m.gpu_bytes AS gpuBytes, m.source
FROM memory_log m JOIN trials t ON t.id = m.trial_id
JOIN attempts a ON a.trial_id = m.trial_id AND a.attempt = m.attempt
WHERE t.study_id = ? AND m.phase = 'final' ORDER BY m.logged_at, t.number`;

/**
 * The final-memory log of a study, and whether its trials leave memory behind: in all, and slot by slot.
 *
 * @throws BelayError `usage`: no such study.
 */
export function memoryReport(db: Database, name: string): MemoryReport {
  return inSnapshot(db, () => {
    const study = requireStudy(db, name);
    const log = db.prepare<[number], MemoryLogJson>(SELECT).all(study.id);
    const { memoryBytes } = study.limits;
    const slots = [...new Set(log.map(({ slot }) => slot))]
      .filter((slot) => slot !== null)
      .sort((a, b) => a - b);
    return {
      study: name,
      limitBytes: memoryBytes,
      ...leakVerdict(hostsOf(log), memoryBytes),
      slots: slots.map((slot) => ({
        slot,
        ...leakVerdict(hostsOf(log.filter((entry) => entry.slot === slot)), memoryBytes),
      })),
      log,
    };
  });
}

/** What each host held after its trials; a killed host's last reading is no reading after a cleanup. */
function hostsOf(log: readonly MemoryLogJson[]): FinalReading[][] {
  const hosts = new Map<string, FinalReading[]>();
  for (const { slot, hostPid, source, finalBytes, heapBytes, externalBytes, tensors } of log) {
    if (source !== "worker") continue;
    const key = `${slot}:${hostPid}`;
    const readings = hosts.get(key) ?? [];
    readings.push({ rssBytes: finalBytes, heapBytes, externalBytes, tensors });
    hosts.set(key, readings);
  }
  return [...hosts.values()];
}
