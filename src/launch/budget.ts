import { machineMemory } from "../machine/memory.ts";
import { residentBytes } from "../machine/proc.ts";
import { requireStudy } from "../report/study.ts";
import { quantileOf } from "../scheduler/quantile.ts";
import { workersCeiling } from "../scheduler/workers.ts";
import { openStudy, type ReadyStudy, readStudy } from "./prepare.ts";
import { resolveSettings } from "./settings.ts";
import { studyExists, withReader } from "./storage/databases.ts";
import { runFolder } from "./storage/run-folder.ts";

/** What a study needs of this machine, and the number of workers that follows. */
export interface Budget {
  readonly study: string;
  /** The coordinator itself. */
  readonly baseBytes: number;
  /** A host with its data, before any trial. */
  readonly workerBytes: number | null;
  /** What a trial adds to its host: the 95 % quantile of those that the database knows; null: it knows none. */
  readonly trialBytes: number | null;
  /** Trials that this is known from. */
  readonly known: number;
  readonly availableBytes: number;
  readonly reserveBytes: number;
  /** What is left for hosts. */
  readonly headroomBytes: number;
  readonly workers: number;
  readonly limitedBy: "memory" | "cores";
}

/** Makes the first host of a study ready, and reckons from it and from what earlier trials of the study have held. */
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

/** The study as it would be ready to run; its host is closed again. */
async function openOnce(db: string, file: string): Promise<ReadyStudy> {
  const silence = (): void => {};
  const folder = runFolder();
  try {
    const source = await readStudy({ db, file, options: {}, folder: folder.path }, silence);
    const ready = await openStudy(source, resolveSettings({}, source.manifest, process.env), silence);
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
