import { type Coordinates, coordinatesOf, toPoint } from "../../core/gaussian-process/coordinates.ts";
import { type Direction, sign } from "../../core/search/direction.ts";
import { valueOrEstimate } from "../../core/search/evaluation.ts";
import { grow, type History, STATE_CODE } from "../../core/search/history.ts";
import type { Space } from "../../core/space/space.ts";
import { memo } from "../memo.ts";

/** The finished trials as the model of an objective sees them: columns that grow with the history. */
export interface Columns {
  readonly coordinates: Coordinates;
  /** Number of finished trials that were read. */
  size: number;
  /** Their points, row-major. */
  points: Float64Array;
  /** 1 for a trial that lived: it broke no constraint, no limit ended it, and it did not fail. */
  alive: Uint8Array;
  /** Number of trials that did not live. */
  dead: number;
  /** The trials that a limit ended or that failed, as indices in the history. */
  readonly lost: number[];
  /**
   * The trials that have a value or an estimate, as indices in the history. With several objectives they are those that
   * have a value of each; an estimate is of the first one alone.
   */
  readonly valued: number[];
  /** For each of these its value or estimate, the smaller the better, and the standard deviation of an estimate. */
  readonly values: number[];
  readonly sds: number[];
}

const columnsFor = memo((_: History): Columns[] => []);

function emptyColumns(space: Space): Columns {
  const coordinates = coordinatesOf(space);
  return {
    coordinates,
    size: 0,
    points: new Float64Array(64 * coordinates.dims),
    alive: new Uint8Array(64),
    dead: 0,
    lost: [],
    valued: [],
    values: [],
    sds: [],
  };
}

/** The columns of an objective with all finished trials of the history. */
export function columnsOf(history: History, directions: readonly Direction[], objective = 0): Columns {
  const known = columnsFor(history);
  known[objective] ??= emptyColumns(history.space);
  const columns = known[objective];
  const { coordinates } = columns;
  const flip = sign(directions[objective] ?? "minimize");
  const row = new Float64Array(history.params.length);
  for (; columns.size < history.size; columns.size++) {
    const i = columns.size;
    if (i === columns.alive.length) extend(columns);
    for (let p = 0; p < row.length; p++) row[p] = history.params[p]![i]!;
    toPoint(coordinates, row, columns.points, i * coordinates.dims);
    const isComplete = history.state[i] === STATE_CODE.complete;
    const value = valueOrEstimate(history, i, objective);
    const hasValue =
      directions.length === 1
        ? Number.isFinite(value)
        : isComplete && history.values.every((column) => Number.isFinite(column[i]!));
    const isWhole = isComplete ? hasValue : history.state[i] === STATE_CODE.pruned;
    columns.alive[i] = isWhole && history.violation[i] === 0 && history.overrun[i] === 0 ? 1 : 0;
    if (columns.alive[i] === 0) columns.dead++;
    if (!isWhole || history.overrun[i]! > 0) columns.lost.push(i);
    if (!hasValue) continue;
    columns.valued.push(i);
    columns.values.push(value * flip);
    const sd = isComplete ? 0 : history.estimateSd[i]!;
    columns.sds.push(Number.isFinite(sd) ? sd : 0);
  }
  return columns;
}

function extend(columns: Columns): void {
  columns.points = grow(columns.points, columns.points.length * 2);
  const alive = new Uint8Array(columns.alive.length * 2);
  alive.set(columns.alive);
  columns.alive = alive;
}

/** The points of some of the trials, row-major. */
export function pointsOf(
  { coordinates: { dims }, points }: Columns,
  trials: readonly number[],
): Float64Array {
  const some = new Float64Array(trials.length * dims);
  for (const [k, i] of trials.entries()) some.set(points.subarray(i * dims, (i + 1) * dims), k * dims);
  return some;
}
