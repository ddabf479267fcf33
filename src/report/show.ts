import { BelayError } from "../core/error.ts";
import type { Limits } from "../core/limits.ts";
import type { Direction } from "../core/search/direction.ts";
import { idleNote } from "../core/search/pruner.ts";
import type { Setting } from "../core/setting.ts";
import { type Distribution, describe } from "../core/space/distribution.ts";
import type { Detail, Json } from "../core/trial.ts";
import { commandOn } from "../store/command-line.ts";
import type { Reader } from "../store/reader.ts";
import type { AttemptRecord, MemoryRecord, Metrics, StudyRow } from "../store/records.ts";
import { type BestHistoryJson, bestHistory } from "./best-history.ts";
import { type ConditionJson, conditionsOf } from "./conditions.ts";
import { type GrowthJson, readGrowth } from "./front.ts";
import { type StudyJson, summarize } from "./list.ts";
import { type StopJson, stopOf } from "./stop.ts";
import { stripOf, type TrialStripJson } from "./strip.ts";
import { type LearnsFrom, learnsFrom, requireStudy, toIso } from "./study.ts";
import { type TrialJson, toTrialJson } from "./trial.ts";
import { type VerdictJson, verdictOf } from "./verdict.ts";

/** The metrics that the scheduler of a study recorded last. */
export interface MetricsJson extends Metrics {
  readonly at: string;
}

/** A study, as `show <study> --json` prints it. */
export interface StudyDetailJson extends StudyJson {
  readonly directions: readonly Direction[];
  /** Only with one direction: how the best value came along. */
  readonly bestHistory?: BestHistoryJson;
  /** Only with several directions: the hypervolume after each quarter of the trials. */
  readonly hypervolumeGrowth?: readonly GrowthJson[];
  /** Each param: its values as a text, its distribution, and the conditions under which it exists. */
  readonly space: Readonly<
    Record<
      string,
      {
        readonly values: string;
        readonly distribution: Distribution;
        readonly when: readonly ConditionJson[];
      }
    >
  >;
  readonly splits: number;
  readonly seed: number;
  readonly sampler: string;
  /** From what its sampler learns, besides its own trials; null if from nothing. */
  readonly learnsFrom: LearnsFrom | null;
  readonly pruner: string;
  /** Why the study's pruner cannot end any of its trials; null if it can. */
  readonly prunerNote: string | null;
  /** The stop rules with their current figures. */
  readonly stop: StopJson["rules"];
  /** Why a stop rule can never hold in this study, a line for each. */
  readonly stopNotes: StopJson["notes"];
  /** Details about the end of the last run: for a converged study the stop rule that held; null if there are none. */
  readonly endDetail: Detail | null;
  readonly backend: string | null;
  readonly noise: boolean;
  readonly maxAttempts: number;
  readonly codeHash: string;
  /** Each setting with its source. */
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: Limits;
  /** How many trials ended for each reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The memory peaks of all finished trials. */
  readonly memory: { readonly largestPeakBytes: number | null; readonly meanPeakBytes: number | null };
  /** The metrics that the scheduler recorded last; null before the first. */
  readonly schedule: MetricsJson | null;
}

/** An attempt of a trial, as `show <study> <number> --json` prints it. */
export interface AttemptJson {
  readonly attempt: number;
  readonly state: string;
  readonly reason: string | null;
  /** What interrupted it; null if nothing did. */
  readonly cause: string | null;
  readonly detail: Detail | null;
  readonly splits: readonly number[];
  readonly slot: number | null;
  readonly hostPid: number | null;
  readonly codeHash: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
}

/** A trial, as `show <study> <number> --json` prints it: what `query` prints, and more. */
export interface TrialDetailJson extends TrialJson {
  /** What a waiting trial waits for, as a text; null for other trials. */
  readonly waitsFor: string | null;
  /** The verdict by which a pruner stopped the trial; null for other trials. */
  readonly verdict: VerdictJson | null;
  /** Its splits or reports compared with those of the incumbent; null if it has none. */
  readonly strip: TrialStripJson | null;
  readonly attemptList: readonly AttemptJson[];
  /** Every memory reading, in order. */
  readonly memoryLog: readonly Readonly<Record<string, Json>>[];
  readonly reports: readonly {
    readonly split: number;
    readonly step: number;
    readonly value: number | null;
  }[];
}

/** Reads what `show <study>` prints. @throws BelayError `usage`: an unknown study. */
export function showStudy(reader: Reader, name: string): Promise<StudyDetailJson> {
  return reader.snapshot(async (now) => {
    const study = await requireStudy(now, name);
    const { directions, seed, sampler, pruner, backend, noise, maxAttempts, codeHash, settings, limits } =
      study;
    const reasons = await now.reasons(study.id);
    const { rules, notes } = await stopOf(now, study);
    const { largestBytes, meanBytes } = await now.peaks(study.id);
    const learned = await now.learned(study.id);
    const summary = await summarize(now, study);
    const measured = summary.hypervolume;
    return {
      ...summary,
      directions,
      ...(directions.length === 1 && { bestHistory: await bestHistory(now, study) }),
      ...(measured && { hypervolumeGrowth: await readGrowth(now, study, measured.reference) }),
      space: spaceOf(study),
      splits: study.splitCount,
      seed,
      sampler,
      learnsFrom: learned && learnsFrom(learned),
      pruner,
      prunerNote: prunerNote(study),
      stop: rules,
      stopNotes: notes,
      endDetail: study.endDetail,
      backend,
      noise,
      maxAttempts,
      codeHash,
      settings,
      limits,
      reasons: Object.fromEntries(reasons.map(({ reason, count }) => [reason, count])),
      memory: { largestPeakBytes: largestBytes, meanPeakBytes: meanBytes },
      schedule: await lastMetrics(now, study.id),
    };
  });
}

/** Judges by the pruner's name alone, because loading the pruner takes longer than all else that `show` does. */
function prunerNote({ pruner, directions, splitCount }: StudyRow): string | null {
  return idleNote({ name: pruner }, { directions, splitCount });
}

function spaceOf({ space }: StudyRow): StudyDetailJson["space"] {
  const params = space.params.map(({ name, distribution, when }) => {
    const param = { values: describe(distribution), distribution, when: conditionsOf(space, when) };
    return [name, param] as const;
  });
  return Object.fromEntries(params);
}

async function lastMetrics(reader: Reader, studyId: number): Promise<MetricsJson | null> {
  const newest = await reader.metrics(studyId);
  if (!newest) return null;
  const { atMs, ...metrics } = newest;
  return { ...metrics, at: toIso(atMs) };
}

/**
 * Reads what `show <study> <number>` prints.
 *
 * @param file - The database file, for commands in texts.
 * @throws BelayError `usage`: an unknown study or trial.
 */
export function showTrial(
  reader: Reader,
  name: string,
  number: number,
  file: string = reader.location,
): Promise<TrialDetailJson> {
  return reader.snapshot(async (now) => {
    const study = await requireStudy(now, name);
    const trial = await now.trial(study.id, number);
    if (!trial) throw await noSuchTrial(now, study, number);
    return {
      ...toTrialJson(trial),
      waitsFor: trial.state === "waiting" ? await waitsFor(now, file, study, number) : null,
      verdict: verdictOf(trial, study.splitCount),
      strip: await stripOf(now, study, trial),
      attemptList: (await now.attempts(trial.id)).map(toAttemptJson),
      memoryLog: (await now.memory(trial.id)).map(toMemoryJson),
      reports: await now.reports(trial.id),
    };
  });
}

async function noSuchTrial(reader: Reader, study: StudyRow, number: number): Promise<BelayError> {
  const order = [{ field: { name: "number" }, descending: true }] as const;
  let has = "a study that has trials";
  for await (const [last] of reader.trials(study, { order, limit: 1 })) has = `0 to ${last!.number}`;
  return new BelayError("usage", `trial: expected ${has}, got ${number}`);
}

/** What a waiting trial waits for, from the metrics that the coordinator records every few seconds. */
async function waitsFor(reader: Reader, file: string, study: StudyRow, number: number): Promise<string> {
  const { owner } = await summarize(reader, study);
  if (!owner) return `\`${commandOn(file, "resume", study.name)}\``;
  const lines = (await reader.metrics(study.id))?.why?.split("\n") ?? [];
  const opening = `trial ${number}: `;
  return lines.find((line) => line.startsWith(opening))?.slice(opening.length) ?? "a free slot";
}

/** An attempt as JSON, with its keys in the order to print. */
function toAttemptJson({ startedAtMs, endedAtMs, detail, splits, ...rest }: AttemptRecord): AttemptJson {
  return { ...rest, detail, splits, startedAt: toIso(startedAtMs), endedAt: toIso(endedAtMs) };
}

function toMemoryJson({ atMs, split, ...rest }: MemoryRecord): Record<string, Json> {
  return { ...rest, split, at: toIso(atMs) };
}
