import { BelayError } from "../../core/error.ts";
import type { Limits } from "../../core/limits.ts";
import { type Direction, sign } from "../../core/search/direction.ts";
import { describe } from "../../core/space/distribution.ts";
import { isLost, type Json, type Reason } from "../../core/trial.ts";
import type { Reader } from "../../store/reader.ts";
import type { SplitRecord, StudyRow } from "../../store/records.ts";
import { bestOf } from "../best.ts";
import { requireStudy } from "../study.ts";
import { validOnly } from "../valid.ts";
import { type CurvePoint, curveOf, type Finished, timePoints, trialPoints } from "./curve.ts";
import { type Difference, differenceOf } from "./difference.ts";

/** One of the compared studies. */
export interface ComparedStudyJson {
  readonly study: string;
  readonly state: string;
  readonly finished: number;
  readonly target: number;
  readonly complete: number;
  /** Trials that a guard ended or that failed, and their share of all time of trials. */
  readonly lost: { readonly trials: number; readonly share: number | null };
  /** The time of all trials together, which does not depend on how many ran at once. */
  readonly trialMs: number;
  readonly best: { readonly number: number; readonly value: number } | null;
  readonly byTrials: readonly CurvePoint[];
  readonly byTime: readonly CurvePoint[];
  readonly sampler: string;
  readonly pruner: string;
  readonly limits: Limits;
}

/** How far the best trial of a study is ahead of that of the first one. */
export interface AheadJson extends Difference {
  readonly study: string;
  readonly than: string;
  /** Whether the values were measured on the same splits. Without, the difference of the values is all that is known. */
  readonly sharesSplits: boolean;
}

/** What `compare --json` prints. */
export interface Comparison {
  readonly direction: Direction;
  readonly studies: readonly ComparedStudyJson[];
  /** The params whose range, or whose value in the best trial, is not the same in all studies: null where there is none. */
  readonly params: readonly {
    readonly name: string;
    readonly ranges: readonly (string | null)[];
    readonly best: readonly Json[];
  }[];
  readonly ahead: readonly AheadJson[];
}

/** A study as it is read. */
interface Read {
  readonly row: StudyRow;
  readonly trials: readonly Finished[];
  readonly complete: number;
  readonly lost: ComparedStudyJson["lost"];
  readonly best: {
    readonly number: number;
    readonly value: number;
    readonly params: Readonly<Record<string, Json>>;
    readonly splits: readonly SplitRecord[];
  } | null;
}

/**
 * Compares studies of one direction: their course, their best trials and what they were given.
 *
 * @param names - Two studies or more; each is compared with the first.
 * @throws BelayError `usage`: an unknown study, fewer than two, or different directions.
 */
export function compareStudies(reader: Reader, names: readonly string[]): Promise<Comparison> {
  return reader.snapshot(async (now) => {
    const rows = [];
    for (const name of names) rows.push(await requireStudy(now, name));
    const direction = commonDirection(rows);
    const studies: Read[] = [];
    for (const row of rows) studies.push(await readStudy(now, row));
    const byTrials = trialPoints(Math.max(...studies.map(({ trials }) => trials.length)));
    const byTime = timePoints(Math.max(...studies.map(({ trials }) => timeOf(trials))));
    return {
      direction,
      studies: studies.map((study) => ({
        study: study.row.name,
        state: study.row.state,
        finished: study.trials.length,
        target: study.row.trials,
        complete: study.complete,
        lost: study.lost,
        trialMs: timeOf(study.trials),
        best: study.best && { number: study.best.number, value: study.best.value },
        byTrials: curveOf(study.trials, direction, byTrials, () => 1),
        byTime: curveOf(study.trials, direction, byTime, ({ durationMs }) => durationMs),
        sampler: study.row.sampler,
        pruner: study.row.pruner,
        limits: study.row.limits,
      })),
      params: paramsOf(studies),
      ahead: studies.slice(1).flatMap((study) => aheadOf(study, studies[0]!, direction) ?? []),
    };
  });
}

function commonDirection(rows: readonly StudyRow[]): Direction {
  const refuse = (got: string): BelayError =>
    new BelayError(
      "usage",
      `compare: expected two studies or more with the same single direction, got ${got}`,
    );
  if (rows.length < 2) throw refuse(`${rows.length}`);
  const repeated = rows.find(({ id }, i) => rows.findIndex((other) => other.id === id) !== i);
  if (repeated) throw refuse(`${repeated.name} twice`);
  const several = rows.find(({ directions }) => directions.length > 1);
  if (several) throw refuse(`${several.directions.length} directions in ${several.name}`);
  const [first] = rows as [StudyRow];
  const other = rows.find(({ directions }) => directions[0] !== first.directions[0]);
  if (other)
    throw refuse(`${first.directions[0]} in ${first.name} and ${other.directions[0]} in ${other.name}`);
  return first.directions[0]!;
}

const timeOf = (trials: readonly Finished[]): number =>
  trials.reduce((sum, { durationMs }) => sum + durationMs, 0);

async function readStudy(reader: Reader, row: StudyRow): Promise<Read> {
  const fields = [
    ...([{ name: "state" }, { name: "reason" }, { name: "value" }] as const),
    ...([{ name: "violation" }, { name: "durationMs" }] as const),
  ];
  const order = [{ field: { name: "finishedAtMs" }, descending: false }] as const;
  const filter = { kind: "in", field: { name: "state" }, values: ["complete", "pruned", "fail"] } as const;
  const trials: Finished[] = [];
  let [complete, lost, lostMs, allMs] = [0, 0, 0, 0];
  for await (const page of reader.cells(row, fields, validOnly({ filter, order }))) {
    for (const [state, reason, value, violation, duration] of page) {
      const durationMs = Number(duration ?? 0);
      trials.push({ value: violation === 0 ? (value as number) : null, durationMs });
      allMs += durationMs;
      if (state === "complete") complete++;
      else if (isLost(reason as Reason | null)) {
        lost++;
        lostMs += durationMs;
      }
    }
  }
  const best = (await bestOf(reader, row)).best;
  const trial = best && (await reader.trial(row.id, best.number));
  return {
    ...{ row, trials, complete, lost: { trials: lost, share: allMs > 0 ? lostMs / allMs : null } },
    best: best && {
      number: best.number,
      value: best.value,
      params: best.params as Readonly<Record<string, Json>>,
      splits: trial?.splits ?? [],
    },
  };
}

function paramsOf(studies: readonly Read[]): Comparison["params"] {
  const names = new Set(studies.flatMap(({ row }) => row.space.params.map(({ name }) => name)));
  return [...names].flatMap((name) => {
    const ranges = studies.map(({ row }) => {
      const param = row.space.params.find((each) => each.name === name);
      return param ? describe(param.distribution) : null;
    });
    const best = studies.map((study) => study.best?.params[name] ?? null);
    const differs = [ranges, best].some((values) => values.some((value) => value !== values[0]));
    return differs ? [{ name, ranges, best }] : [];
  });
}

/** Compares the best trials of two studies: split by split if they have the same splits, else by their values. */
function aheadOf(study: Read, first: Read, direction: Direction): AheadJson | null {
  if (!study.best || !first.best) return null;
  const names = { study: study.row.name, than: first.row.name };
  const sharesSplits = study.row.splitHash === first.row.splitHash && study.row.splitCount > 1;
  const difference = sharesSplits ? differenceOf(study.best.splits, first.best.splits, direction) : null;
  if (difference) return { ...names, sharesSplits: true, ...difference };
  const better = (first.best.value - study.best.value) * sign(direction);
  return { ...names, sharesSplits: false, splits: 0, better, low: null, high: null };
}
