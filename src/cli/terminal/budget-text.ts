import type { ArgumentsCamelCase } from "yargs";
import { formatSize } from "../../core/units.ts";
import { prepareRun } from "../../launch/prepare.ts";
import { runFolder } from "../../launch/run-folder.ts";
import { machineMemory } from "../../machine/memory.ts";
import { residentBytes } from "../../machine/proc.ts";
import { pastTrials } from "../../report/past.ts";
import { requireStudy } from "../../report/study.ts";
import { quantileOf } from "../../scheduler/quantile.ts";
import { workersCeiling } from "../../scheduler/workers.ts";
import { databaseFile, reading, studyExists } from "../database.ts";

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
export async function budgetOf(file: string, argv: ArgumentsCamelCase): Promise<Budget> {
  const db = databaseFile(argv);
  const folder = runFolder();
  const before = machineMemory().availableBytes;
  try {
    const quiet = { note: () => {}, stage: () => {}, onOutput: () => {}, onBrake: () => {} };
    const prepared = await prepareRun({
      ...quiet,
      file,
      options: {},
      folder: folder.path,
      db,
      check: () => {},
    });
    await prepared.engine.close();
    const { manifest, ready, reserveBytes, machine } = prepared;
    const workerBytes = ready.rssBytes;
    const peaks = knownPeaks(db, manifest.name);
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
  } finally {
    folder.remove();
  }
}

function knownPeaks(db: string, name: string): number[] {
  if (!studyExists(db, name)) return [];
  return reading(db, (file) => pastTrials(file, requireStudy(file, name))).flatMap(
    ({ peakBytes }) => peakBytes ?? [],
  );
}

/** The budget for people. */
export function budgetText(budget: Budget): string {
  const size = (bytes: number | null): string => (bytes === null ? "unknown" : formatSize(bytes));
  const { known, workers, limitedBy } = budget;
  const trial =
    budget.trialBytes === null
      ? "unknown before the first trials (launch it once: it starts with one and widens)"
      : `${size(budget.trialBytes)} more (95 % quantile of ${known} trials)`;
  return [
    `memory budget of ${budget.study}`,
    `  base        ${size(budget.baseBytes)}  (the coordinator)`,
    `  per worker  ${size(budget.workerBytes)}  (a host with its data)`,
    `  per trial   ${trial}`,
    `  headroom    ${size(budget.headroomBytes)}  (${size(budget.availableBytes)} available, ${size(budget.reserveBytes)} reserve)`,
    `  workers     ${workers}  (limited by ${limitedBy}; --workers auto finds and follows it)`,
  ].join("\n");
}
