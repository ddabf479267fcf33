import type { Database } from "better-sqlite3";
import { sign } from "../core/direction.ts";
import type { Params } from "../core/space/space.ts";
import type { StudyRow } from "../store/records.ts";
import { toValues } from "../store/rows.ts";
import { requireStudy } from "./study.ts";

/** A best trial, with params ready to paste. */
export interface BestTrial {
  readonly number: number;
  readonly value: number;
  readonly values: readonly number[];
  readonly params: Params;
}

/** With one direction `best`, with several `front`: the trials that no other one beats in every objective. */
export interface Best {
  readonly best: BestTrial | null;
  /** Only with several directions; sorted by the first objective, the best first. */
  readonly front?: readonly BestTrial[];
}

interface RawBest {
  number: number;
  value: number;
  all_values: string | null;
  params: string;
}

/**
 * The best of the complete trials that meet their constraints; of equal ones the first.
 *
 * @throws BelayError `usage`: an unknown study.
 */
export function bestTrials(db: Database, name: string): Best {
  return bestOf(db, requireStudy(db, name));
}

/** As `bestTrials`, of a study that was read before. */
export function bestOf(db: Database, study: StudyRow): Best {
  const select = `SELECT number, value, all_values, params FROM trials
    WHERE study_id = ? AND state = 'complete' AND violation = 0`;
  if (study.directions.length > 1) return { best: null, front: paretoFront(db, study, select) };
  const order = study.directions[0] === "minimize" ? "ASC" : "DESC";
  const raw = db
    .prepare<[number], RawBest>(`${select} ORDER BY value ${order}, number LIMIT 1`)
    .get(study.id);
  return { best: raw ? toBest(raw) : null };
}

function paretoFront(db: Database, study: StudyRow, select: string): BestTrial[] {
  const signs = study.directions.map(sign);
  const rows = db.prepare<[number], RawBest>(select).all(study.id);
  const points = rows.map((raw) => {
    const values = toValues(raw.value, raw.all_values);
    return { raw, costs: values.map((value, k) => value * signs[k]!) };
  });
  // In this order a point can only be beaten by one before it, and all that beat it stand on the front or are beaten
  // by one that does.
  points.sort((a, b) => compareCosts(a.costs, b.costs) || a.raw.number - b.raw.number);
  const front: typeof points = [];
  for (const point of points) {
    if (!front.some((other) => dominates(other.costs, point.costs))) front.push(point);
  }
  return front.map(({ raw }) => toBest(raw));
}

function compareCosts(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) {
    if (a[k] !== b[k]) return a[k]! - b[k]!;
  }
  return 0;
}

function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((cost, k) => cost <= b[k]!) && a.some((cost, k) => cost < b[k]!);
}

function toBest({ number, value, all_values, params }: RawBest): BestTrial {
  return { number, value, values: toValues(value, all_values), params: JSON.parse(params) as Params };
}
