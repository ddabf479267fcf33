import type { Direction } from "../../core/direction.ts";
import { describe } from "../../core/space/distribution.ts";
import { countPoints, type Params, type Space } from "../../core/space/space.ts";
import type { SplitsReport } from "../../core/splits/summary.ts";
import type { TrialError } from "../../core/trial.ts";
import { formatSize, formatSpan, formatValue } from "../../core/units.ts";
import type { CheckFindings, DrySplit } from "../../launch/check.ts";
import type { ReadyStudy } from "../../launch/prepare.ts";
import { splitNotes, splitProblems } from "../../launch/split-faults.ts";
import type { MachineMemory } from "../../machine/memory.ts";
import { conditionsOf, conditionText } from "../../report/conditions.ts";
import { endText } from "./outcome-text.ts";
import { splitsText } from "./splits-text.ts";

/** What a check found, as `check --json` prints it. */
export interface CheckReport {
  readonly study: string;
  /** Whether there are no problems. */
  readonly ok: boolean;
  /** What must be mended. */
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
    /** How many different params there are; null with any continuous one. */
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
  /** What a launch with these options takes, if every split costs what this one did; null when it did not finish. */
  readonly estimate: {
    readonly trials: number;
    readonly workers: number;
    readonly trialMs: number;
    readonly totalMs: number;
    readonly memoryBytes: number | null;
  } | null;
}

/** Puts together what a check found. */
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

/** A check for people. */
export function checkText(report: CheckReport): string {
  const { study, space, directions, backend, setup, drySplit: dry, estimate } = report;
  const bytes = (value: number | null): string => (value === null ? "unknown memory" : formatSize(value));
  const width = Math.max(...space.params.map(({ name }) => name.length));
  const ran =
    dry.durationMs === null || dry.values === null
      ? "did not finish"
      : `${dry.values.map(formatValue).join(", ")} in ${formatSpan(dry.durationMs)}, at most ${bytes(dry.peakBytes)}`;
  const lines = [
    `${study}: ${directions.join(", ")}${backend ? `, backend ${backend}` : ""}`,
    "",
    `space: ${space.params.length} params, ${space.points === null ? "continuous" : pointsText(space.points)}`,
    ...space.params.map(({ name, values, when }) => {
      const condition = when.length > 0 ? `  when ${when.join(" and ")}` : "";
      return `  ${name.padEnd(width)}  ${values}${condition}`;
    }),
    "",
    ...splitsText(report.splits, report.splitCount),
    "",
    `setup: import, data and splits in ${formatSpan(setup.durationMs)}, ${bytes(setup.rssBytes)}`,
    `one split: ${ran}`,
    `  with ${JSON.stringify(dry.params)}`,
    ...(estimate ? [`study: ${estimateText(estimate)}`] : []),
    "",
    ...report.notes.map((note) => `note: ${note}`),
    ...report.problems.map((problem) => `problem: ${problem}`),
    ...(report.ok ? ["no problems found"] : []),
  ];
  return lines.join("\n");
}

/** Beyond the whole numbers that a number can tell apart digits would only pretend. */
function pointsText(points: number): string {
  return Number.isSafeInteger(points) ? `${points} points` : `about ${points.toExponential(1)} points`;
}

function estimateText({
  trials,
  workers,
  trialMs,
  totalMs,
  memoryBytes,
}: NonNullable<CheckReport["estimate"]>): string {
  const hold = memoryBytes === null ? "" : ` and ${formatSize(memoryBytes)}`;
  const by = workers === 1 ? "1 worker" : `${workers} workers`;
  return `${trials} trials on ${by} take about ${formatSpan(totalMs)}${hold}, if every split costs as much (${formatSpan(trialMs)} a trial)`;
}
