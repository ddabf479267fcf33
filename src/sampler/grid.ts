import { BelayError, didYouMean, show } from "../core/error.ts";
import { checkOptions } from "../core/options.ts";
import type { History } from "../core/search/history.ts";
import type { AskContext, PlainSampler } from "../core/search/sampler.ts";
import { specOf } from "../core/search/spec.ts";
import type { Choice } from "../core/space/distribution.ts";
import { encode } from "../core/space/distribution.ts";
import { isActive, rowKey, type Space } from "../core/space/space.ts";
import { cellCount, cellValue, fromUnit } from "../core/space/unit-cube.ts";
import { seenBefore } from "./distinct.ts";
import { memo } from "./memo.ts";
import { permutation } from "./permutation.ts";

/**
 * Options of `grid`.
 *
 * @example
 * const sampler = grid({ points: 5 });
 */
export interface GridOptions {
  /**
   * How many values are taken of a number param that has more: its ends, and values spread evenly between them in its
   * own scale. Of a categorical all choices are taken.
   *
   * @default 5 - few enough that three params make 125 trials
   */
  readonly points?: number;
  /**
   * The values of some params, by name, in place of those that `points` would choose.
   *
   * @default none
   */
  readonly values?: Readonly<Record<string, readonly Choice[]>>;
}

/**
 * Grid search: every cell of a grid once, in an order shuffled by the study's seed, so that the first part of the grid
 * is a fair sample of it. Cells that were run already (by hand, or before a change of the sampler) are left out. The
 * study is finished when no cell remains. Conditional params count only where they are active.
 *
 * O(1) a trial, amortised; no memory grows with the size of the grid.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: grid({ points: 5 }) });
 * @throws BelayError `usage`: a bad `points`, or (at the first ask) an unknown param or a value that it cannot take.
 */
export function grid(options: GridOptions = {}): PlainSampler {
  checkOptions("grid", options, ["points", "values"], "usage");
  const points = options.points ?? 5;
  if (!Number.isSafeInteger(points) || points < 1) {
    throw new BelayError("usage", `grid: points: expected a whole number above 0, got ${show(points)}`);
  }
  const cells = memo((space: Space) => layOut(space, points, options.values ?? {}));
  const cursors = memo((_: History) => ({ at: 0 }));
  return {
    ...specOf("grid", options),
    ask: (context) => nextCell(context, cells(context.space), cursors(context.history)),
  };
}

/** The values of each param, as the numbers of a row, and the number of their combinations. */
interface Cells {
  readonly values: readonly (readonly number[])[];
  readonly count: number;
}

/** The largest grid whose cells are numbered and shuffled; the cells of a larger one are drawn at random. */
const CELL_LIMIT = 2 ** 52;

function layOut(space: Space, points: number, chosen: Readonly<Record<string, readonly Choice[]>>): Cells {
  const names = space.params.map(({ name }) => name);
  const unknown = Object.keys(chosen).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, names, show);
    throw new BelayError("usage", `grid: values: expected names of params, got ${show(unknown)}${hint}`);
  }
  const values = space.params.map(({ name, distribution }) => {
    const own = Object.hasOwn(chosen, name) ? chosen[name] : undefined;
    if (!own) return spread(distribution, points);
    if (!Array.isArray(own))
      throw new BelayError("usage", `grid: values.${name}: expected an array of values, got ${show(own)}`);
    const encoded = own.map((value) => encode(distribution, value));
    const bad = encoded.findIndex(Number.isNaN);
    if (bad < 0 && own.length > 0) return [...new Set(encoded)];
    const got = own.length === 0 ? "none" : show(own[bad]);
    throw new BelayError("usage", `grid: values.${name}: expected values of the param, got ${got}`);
  });
  return { values, count: values.reduce((product, of) => product * of.length, 1) };
}

function spread(distribution: Parameters<typeof cellCount>[0], points: number): number[] {
  const count = cellCount(distribution);
  if (distribution.kind === "categorical" || (count > 0 && count <= points)) {
    return Array.from({ length: count }, (_, k) => cellValue(distribution, k));
  }
  const at = (k: number): number => (points === 1 ? 0.5 : k / (points - 1));
  return [...new Set(Array.from({ length: points }, (_, k) => fromUnit(distribution, at(k))))];
}

/** The first unseen cell in shuffled order. The cursor moves past finished cells, which need not be looked at again. */
function nextCell(
  context: AskContext,
  { values, count }: Cells,
  cursor: { at: number },
): Float64Array | null {
  const digits = count > CELL_LIMIT ? drawnDigits(context, values) : numberedDigits(context, values, count);
  const seen = seenBefore(context.history);
  const running = new Set([...context.history.running.values()].map((trial) => rowKey(trial.row)));
  let passing = true;
  for (let at = cursor.at; at < count; at++) {
    const row = cellRow(context.space, values, digits(at));
    if (row && !seen(row)) return row;
    // The cursor stays before the cell of a running trial, which may yet be interrupted.
    passing &&= row === null || !running.has(rowKey(row));
    if (passing) cursor.at = at + 1;
  }
  return null;
}

/** For a position in the shuffled order, the digits of the cell: the index of each param's value. */
type Digits = (at: number) => readonly number[];

function numberedDigits({ studyRng }: AskContext, values: Cells["values"], count: number): Digits {
  const place = permutation(count, studyRng("grid"));
  return (at) => {
    let rest = place(at);
    return values.map((of) => {
      const digit = rest % of.length;
      rest = Math.floor(rest / of.length);
      return digit;
    });
  };
}

function drawnDigits({ studyRng }: AskContext, values: Cells["values"]): Digits {
  return (at) => {
    const stream = studyRng(`grid/${at}`);
    return values.map((of) => stream.int(of.length));
  };
}

/** The row of a cell. null for duplicates: of cells that differ in inactive params only the first one counts. */
function cellRow(space: Space, values: Cells["values"], digits: readonly number[]): Float64Array | null {
  const row = new Float64Array(values.length).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) {
    if (isActive(space, row, i)) row[i] = values[i]![digits[i]!]!;
    else if (digits[i]! > 0) return null;
  }
  return row;
}
