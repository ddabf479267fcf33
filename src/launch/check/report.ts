import type { EngineEnd } from "../../core/engine.ts";
import type { Direction } from "../../core/search/direction.ts";
import { describe } from "../../core/space/distribution.ts";
import { countPoints, type Params, type Space } from "../../core/space/space.ts";
import type { SplitsReport } from "../../core/splits/summary.ts";
import type { SplitResult, TrialError } from "../../core/trial.ts";
import { formatSize, formatSpan } from "../../core/units.ts";
import type { MachineMemory } from "../../machine/memory.ts";
import { conditionsOf, conditionText } from "../../report/conditions.ts";
import { endText } from "../outcome-text.ts";
import type { ReadyStudy } from "../prepare.ts";
import { splitNotes, splitProblems } from "./split-faults.ts";

/** The split that a check ran for real. */
export interface DrySplit {
  readonly params: Params;
  /** null when it did not finish. */
  readonly split: SplitResult | null;
  readonly end: EngineEnd;
  readonly peakBytes: number | null;
}

/** What a report is made from. */
export interface CheckFindings {
  /** The study when it was ready to run. */
  readonly study: ReadyStudy;
  readonly dry: DrySplit;
  readonly notes: readonly string[];
  readonly machine: MachineMemory;
}

/** The result of a check, as `check --json` prints it. */
export interface CheckReport {
  readonly study: string;
  /** Whether there are no problems. */
  readonly ok: boolean;
  /** What has to be corrected. */
  readonly problems: readonly string[];
  /** What is worth knowing. */
  readonly notes: readonly string[];
  readonly directions: readonly Direction[];
  readonly backend: string | null;
  readonly space: {
    readonly params: readonly {
      readonly name: string;
      readonly values: string;
      readonly when: readonly string[];
    }[];
    /** How many different points the space has; null if a param is continuous. */
    readonly points: number | null;
  };
  readonly splitCount: number;
  /** null in a study without `splits`. */
  readonly splits: SplitsReport | null;
  readonly setup: { readonly durationMs: number; readonly rssBytes: number | null };
  readonly drySplit: {
    readonly params: Params;
    readonly values: readonly number[] | null;
    readonly durationMs: number | null;
    readonly peakBytes: number | null;
    readonly error: TrialError | null;
  };
  /** What a launch with these options takes, if every split takes as much as this one; null when it did not finish. */
  readonly estimate: {
    readonly trials: number;
    readonly workers: number;
    readonly trialMs: number;
    readonly totalMs: number;
    readonly memoryBytes: number | null;
  } | null;
}

/** Makes the report of a check. */
export function checkReport({ study, dry, notes, machine }: CheckFindings): CheckReport {
  const { manifest, ready, backend } = study;
  const points = countPoints(manifest.space);
  const estimate = estimateRun(study, dry, points);
  const problems = [...splitProblems(ready.splits), ...dryProblems(study, dry, estimate)];
  return {
    study: manifest.name,
    ok: problems.length === 0,
    problems,
    notes: [...notes, ...splitNotes(ready.splits), ...worthKnowing(study, points, estimate, machine)],
    directions: manifest.directions,
    backend: backend?.backend ?? null,
    space: { params: paramsOf(manifest.space), points: Number.isFinite(points) ? points : null },
    splitCount: ready.splitCount,
    splits: ready.splits,
    setup: { durationMs: ready.setupMs, rssBytes: ready.rssBytes },
    drySplit: {
      params: dry.params,
      values: dry.split?.values ?? null,
      durationMs: dry.split && Math.round(dry.split.durationMs),
      peakBytes: dry.peakBytes,
      error: dry.end.state === "fail" ? dry.end.error : null,
    },
    estimate,
  };
}

function paramsOf(space: Space): CheckReport["space"]["params"] {
  return space.params.map(({ name, distribution, when }) => ({
    name,
    values: describe(distribution),
    when: conditionsOf(space, when).map(conditionText),
  }));
}

function estimateRun(
  { settings, ready, manifest, workers }: ReadyStudy,
  { split, peakBytes }: DrySplit,
  points: number,
): CheckReport["estimate"] {
  if (!split) return null;
  const trials = manifest.noise ? settings.trials : Math.min(settings.trials, points);
  const trialMs = Math.round(split.durationMs * ready.splitCount);
  const totalMs = Math.round(ready.setupMs + Math.ceil(trials / workers) * trialMs);
  return { trials, workers, trialMs, totalMs, memoryBytes: peakBytes === null ? null : workers * peakBytes };
}

function dryProblems(
  { settings }: ReadyStudy,
  { split, end }: DrySplit,
  estimate: CheckReport["estimate"],
): string[] {
  if (end.state === "fail" || end.state === "pruned")
    return [`a trial ${split ? "" : "in its first split "}${endText(end)}`];
  const trialMs = estimate?.trialMs ?? 0;
  if (trialMs <= settings.trialTimeoutMs) return [];
  return [
    `a trial of ${formatSpan(trialMs)} is longer than the trial timeout of ${formatSpan(settings.trialTimeoutMs)}, which would prune it`,
  ];
}

function worthKnowing(
  { manifest, settings, reserveBytes }: ReadyStudy,
  points: number,
  estimate: CheckReport["estimate"],
  machine: MachineMemory,
): string[] {
  const notes: string[] = [];
  if (!manifest.noise && points < settings.trials)
    notes.push(
      `the space has ${points} different params, fewer than the ${settings.trials} trials: the study ends when all are tried`,
    );
  const memoryBytes = estimate?.memoryBytes ?? 0;
  if (memoryBytes + reserveBytes > machine.availableBytes)
    notes.push(
      `${settings.workers} workers would hold about ${formatSize(memoryBytes)}, and the ${machine.limitedBy} has ${formatSize(machine.availableBytes)}, of which ${formatSize(reserveBytes)} is the reserve: take fewer --workers`,
    );
  return notes;
}
