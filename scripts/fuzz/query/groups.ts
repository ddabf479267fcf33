// Random groups of trials, and what `--group-by`, `--agg`, `--bins` and `--sort` mean for them.
import type { Cell, Column, Row } from "./columns.ts";
import { compareCells } from "./evaluate.ts";
import type { Source } from "./expression.ts";

/** A figure of a group; a column of null stands for `count`. */
interface Figure {
  readonly typed: string;
  readonly name: string;
  readonly column: Column | null;
}

export interface Grouping {
  readonly by: readonly { readonly column: Column; readonly name: string }[];
  readonly bins: number;
  readonly figures: readonly Figure[];
  readonly sort: readonly { readonly typed: string; readonly descending: boolean }[];
}

const pick = <T>({ random }: Source, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
const NAMES = ["mean", "std", "min", "median", "max", "sum", "q0", "q10", "q50", "q97.5"];

/** Draws groups, figures and an order. */
export function drawGrouping(source: Source): Grouping {
  const several = <T>(most: number, draw: () => T): T[] =>
    Array.from({ length: 1 + Math.floor(source.random() * most) }, draw);
  const drawn = several(3, () => {
    const column = pick(source, source.columns);
    return { column, name: pick(source, column.names) };
  });
  const by = drawn.filter(({ column }, i) => drawn.findIndex((each) => each.column === column) === i);
  const numeric = source.columns.filter(({ kind }) =>
    ["number", "duration", "bytes", "truth"].includes(kind),
  );
  const value = source.columns.find(({ names }) => names[0] === "value")!;
  const wanted = several(5, (): Figure => {
    const name = pick(source, NAMES);
    if (source.random() < 0.2) return { typed: "count", name: "count", column: null };
    if (source.random() < 0.4) return { typed: name, name, column: value };
    const column = pick(source, numeric);
    return { typed: `${name}(${pick(source, column.names)})`, name, column };
  });
  const figures = wanted.filter(({ typed }, i) => wanted.findIndex((each) => each.typed === typed) === i);
  const keys = [...by.map(({ name }) => name), ...figures.map(({ typed }) => typed)];
  const sort =
    source.random() < 0.5
      ? []
      : several(3, () => ({ typed: pick(source, keys), descending: source.random() < 0.5 }));
  return { by, figures, sort, bins: 1 + Math.floor(source.random() * 6) };
}

/** The options that a person would type. */
export function groupOptions({ by, bins, figures, sort }: Grouping): string[] {
  return [
    ...["--group-by", by.map(({ name }) => name).join(","), "--bins", String(bins)],
    ...["--agg", figures.map(({ typed }) => typed).join(",")],
    ...(sort.length > 0
      ? ["--sort", sort.map(({ typed, descending }) => typed + (descending ? ":desc" : "")).join(",")]
      : []),
  ];
}

/** What a trial has in common with those of its group: how it is printed, and what it is sorted by. */
interface Key {
  readonly shown: unknown;
  readonly rank: Cell;
}

interface Group {
  readonly keys: readonly Key[];
  readonly rows: readonly Row[];
}

/** The groups that `belay query --json` is to print. */
export function groupsOf({ by, bins, figures, sort }: Grouping, rows: readonly Row[]): unknown[] {
  const keyings = by.map(({ column }) => keying(column, rows, bins));
  const groups: Group[] = [];
  for (const row of rows) {
    const keys = keyings.map((keyOf) => keyOf(row));
    const group = groups.find((each) => each.keys.every((key, i) => key.rank === keys[i]!.rank));
    if (group) (group.rows as Row[]).push(row);
    else groups.push({ keys, rows: [row] });
  }
  const rankings = [
    ...sort.map(({ typed, descending }) => {
      const at = by.findIndex(({ name }) => name === typed);
      const figure = figures.find((each) => each.typed === typed);
      const of = (group: Group): Cell => (at >= 0 ? group.keys[at]!.rank : figureOf(figure!, group.rows));
      return { of, descending };
    }),
    ...by.map((_, at) => ({ of: (group: Group) => group.keys[at]!.rank, descending: false })),
  ];
  groups.sort((x, y) => {
    for (const { of, descending } of rankings) {
      const [a, b] = [of(x), of(y)];
      if (a === b) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      return compareCells(a, b) * (descending ? -1 : 1);
    }
    return 0;
  });
  return groups.map((group) => printed(by, figures, group));
}

function printed(by: Grouping["by"], figures: readonly Figure[], { keys, rows }: Group): unknown {
  const found: Record<string, unknown> = {
    group: Object.fromEntries(by.map(({ name }, i) => [name, keys[i]!.shown])),
    count: rows.length,
  };
  for (const figure of figures) {
    if (!figure.column) continue;
    const name = /\((.*)\)/.exec(figure.typed)?.[1] ?? "value";
    const key = name.startsWith("params.") ? name : figure.column.names[0]!;
    found[key] = { ...(found[key] as object), [figure.name]: figureOf(figure, rows) };
  }
  return found;
}

/** Numbers are divided at their quantiles, unless there are no more different ones than bins. */
function keying({ kind, json, cell }: Column, rows: readonly Row[], bins: number): (row: Row) => Key {
  if (kind === "text" || kind === "any" || kind === "truth")
    return (row) => ({ shown: kind === "truth" ? json(row) : cell(row), rank: cell(row) });
  const numbers = rows.flatMap((row) => cell(row) ?? []) as number[];
  numbers.sort((a, b) => a - b);
  const different = [...new Set(numbers)];
  const starts =
    different.length <= bins
      ? different
      : [
          ...new Set(
            Array.from({ length: bins }, (_, k) => numbers[Math.floor((k * numbers.length) / bins)]!),
          ),
        ];
  const shown = (value: number): unknown => (kind === "time" ? new Date(value).toISOString() : value);
  return (row) => {
    const value = cell(row) as number | null;
    if (value === null) return { shown: null, rank: null };
    const rank = starts.filter((start) => start <= value).length - 1;
    const own = numbers.filter((each) => starts.filter((start) => start <= each).length - 1 === rank);
    const [from, to] = [own[0]!, own.at(-1)!];
    return { shown: from === to ? shown(from) : { from: shown(from), to: shown(to) }, rank };
  };
}

function figureOf({ name, column }: Figure, rows: readonly Row[]): number | null {
  if (!column) return rows.length;
  const known = rows.flatMap((row) => column.cell(row) ?? []) as number[];
  known.sort((a, b) => a - b);
  if (known.length === 0) return null;
  const sum = known.reduce((total, value) => total + value, 0);
  const mean = sum / known.length;
  const quantile = (q: number): number => {
    const at = q * (known.length - 1);
    const [low, high] = [known[Math.floor(at)]!, known[Math.ceil(at)]!];
    return low + (high - low) * (at - Math.floor(at));
  };
  const squares = known.reduce((total, value) => total + (value - mean) ** 2, 0);
  switch (name) {
    case "sum":
      return sum;
    case "mean":
      return mean;
    case "std":
      return known.length === 1 ? 0 : Math.sqrt(squares / (known.length - 1));
    case "min":
      return known[0]!;
    case "max":
      return known.at(-1)!;
    case "median":
      return quantile(0.5);
    default:
      return quantile(Number(name.slice(1)) / 100);
  }
}

/** Whether two printed values are the same but for rounding. */
export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number")
    return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-3);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [x, y] = [Object.entries(a), b as Record<string, unknown>];
  return x.length === Object.keys(b).length && x.every(([key, value]) => isSame(value, y[key]));
}
