import { machineMemory } from "../machine/memory.ts";
import { residentBytes } from "../machine/proc.ts";
import { requireStudy } from "../report/study.ts";
import { quantileOf } from "../scheduler/quantile.ts";
import { workersCeiling } from "../scheduler/workers.ts";
import { openStudy, type ReadyStudy, readStudy } from "./prepare.ts";
import { resolveSettings } from "./settings.ts";
import { studyExists, withReader } from "./storage/databases.ts";
import { runFolder } from "./storage/run-folder.ts";

/** What a study needs of this machine, and how many workers fit. */
export interface Budget {
  readonly study: string;
  /** What the coordinator holds. */
  readonly baseBytes: number;
  /** What a host with its data holds before any trial; null where it cannot be measured. */
  readonly workerBytes: number | null;
  /** What a trial adds to its host: the 95 % quantile over the trials in the database; null if there are none. */
  readonly trialBytes: number | null;
  /** The number of trials that `trialBytes` comes from. */
  readonly known: number;
  readonly availableBytes: number;
  readonly reserveBytes: number;
  /** The memory that is left for hosts. */
  readonly headroomBytes: number;
  readonly workers: number;
  readonly limitedBy: "memory" | "cores";
}

/** Makes the first host of a study ready, and computes the budget from it and from the peaks of the study's earlier trials. */
export async function budgetOf({
  db,
  file,
}: {
  readonly db: string;
  readonly file: string;
}): Promise<Budget> {
  const before = machineMemory().availableBytes;
  const { manifest, ready, reserveBytes, machine } = await openOnce(db, file);
  const workerBytes = ready.rssBytes;
  const peaks = await knownPeaks(db, manifest.name);
  const peakBytes = peaks.length === 0 ? null : quantileOf(peaks, 0.95);
  const baseBytes = residentBytes(process.pid) ?? process.memoryUsage.rss();
  const headroomBytes = Math.max(0, before - reserveBytes);
  const most = workersCeiling("auto", machine);
  const each = Math.max(peakBytes ?? 0, workerBytes ?? 0, 1);
  const fit = Math.max(1, Math.floor(headroomBytes / each));
  return {
    study: manifest.name,
    baseBytes,
    workerBytes,
    trialBytes: peakBytes === null || workerBytes === null ? null : Math.max(0, peakBytes - workerBytes),
    known: peaks.length,
    availableBytes: before,
    reserveBytes,
    headroomBytes,
    workers: Math.min(fit, most),
    limitedBy: fit < most ? "memory" : "cores",
  };
}

/** Makes a study ready to run, and closes its host again. */
async function openOnce(db: string, file: string): Promise<ReadyStudy> {
  const ignore = (): void => {};
  const folder = runFolder();
  try {
    const source = await readStudy({ db, file, options: {}, folder: folder.path }, ignore);
    const ready = await openStudy(source, resolveSettings({}, source.manifest, process.env), ignore);
    await ready.engine.close();
    return ready;
  } finally {
    folder.remove();
  }
}

async function knownPeaks(db: string, name: string): Promise<number[]> {
  if (!(await studyExists(db, name))) return [];
  const trials = await withReader(db, async (reader) =>
    reader.observations(await requireStudy(reader, name)),
  );
  return trials.flatMap(({ peakBytes }) => peakBytes ?? []);
}
