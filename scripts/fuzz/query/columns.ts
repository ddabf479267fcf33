// The columns that docs/cli.md names, read from what `belay query --json` prints and from nothing else.
import { PARAMS } from "./studies.ts";

/** A trial, as `belay query --json` prints it. */
// biome-ignore lint/suspicious/noExplicitAny: the reference takes what is printed, whatever it is.
export type Row = any;
/** What comparisons see: times are milliseconds, booleans are 1 and 0. */
export type Cell = string | number | null;
export type Kind = "number" | "text" | "time" | "duration" | "bytes" | "truth" | "any";

export interface Column {
  /** All its names; the first is its key in JSON. */
  readonly names: readonly string[];
  readonly kind: Kind;
  /** Texts that need no quotes beside it. */
  readonly words: readonly string[];
  readonly json: (row: Row) => unknown;
  readonly cell: (row: Row) => Cell;
}

const STATES = ["waiting", "running", "complete", "pruned", "fail"];
const REASONS = [
  ...["pruner", "split-timeout", "trial-timeout", "memory-limit", "memory-reserve", "not-finite"],
  ...["error", "exit", "heap", "crash", "setup", "stopped", "interrupted"],
];

function column(
  names: string | readonly string[],
  kind: Kind,
  json: (row: Row) => unknown,
  words: readonly string[] = [],
): Column {
  const cell = (row: Row): Cell => {
    const value = json(row) ?? null;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (kind === "time" && value !== null) return Date.parse(String(value));
    return typeof value === "object" && value !== null ? JSON.stringify(value) : (value as Cell);
  };
  return { names: typeof names === "string" ? [names] : names, kind, words, json, cell };
}

const FIXED: readonly Column[] = [
  column("number", "number", (row) => row.number),
  column("state", "text", (row) => row.state, STATES),
  column("reason", "text", (row) => row.reason, REASONS),
  column("value", "number", (row) => row.value),
  column("violation", "number", (row) => row.violation),
  column("feasible", "truth", (row) => row.feasible),
  column("proposer", "text", (row) => row.proposer, ["tpe", "gp", "enqueued", "random"]),
  column("why", "text", (row) => row.why),
  column("attempts", "number", (row) => row.attempts),
  column(["startedAt", "started"], "time", (row) => row.startedAt),
  column(["finishedAt", "finished"], "time", (row) => row.finishedAt),
  column(["durationMs", "duration"], "duration", (row) => row.durationMs),
  column("splits", "number", (row) => row.splits.length),
  column("estimate", "number", (row) => row.estimate),
  column(["memory.baselineBytes", "memory.baseline"], "bytes", (row) => row.memory?.baselineBytes ?? null),
  column(["memory.peakBytes", "memory.peak"], "bytes", (row) => row.memory?.peakBytes ?? null),
  column(["memory.finalBytes", "memory.final"], "bytes", (row) => row.memory?.finalBytes ?? null),
  column("memory.tensors", "number", (row) => row.memory?.tensors ?? null),
  column("memory.source", "text", (row) => row.memory?.source ?? null, ["worker", "guard"]),
  column(["error", "error.message"], "text", (row) => row.error?.message ?? null),
  ...["limitBytes", "seenBytes"].map((part) => detail(part, "bytes")),
  ...["limitMs", "seenMs"].map((part) => detail(part, "duration")),
  ...["during", "more", "estimate", "missing"].map((part) => detail(part, "any")),
  ...[0, 1, 3].map((i) => column(`constraints.${i}`, "number", (row) => row.constraints[i] ?? null)),
];

function detail(part: string, kind: Kind): Column {
  return column(`detail.${part}`, kind, (row) => row.detail?.[part] ?? null);
}

/** All columns of a study. @param directions - How many values its trials have. */
export function columnsOf(directions: number): readonly Column[] {
  const values = Array.from({ length: directions }, (_, i) =>
    column(`values.${i}`, "number", (row) => row.values[i] ?? null),
  );
  const params = Object.entries(PARAMS).map(([name, { choices = [] }]) => {
    const isTaken = FIXED.some(({ names }) => names.includes(name));
    const types = new Set(choices.filter((choice) => choice !== null).map((choice) => typeof choice));
    const kind: Kind =
      types.size > 1 ? "any" : types.has("string") ? "text" : types.has("boolean") ? "truth" : "number";
    const words = choices.filter((choice) => typeof choice === "string");
    const names = isTaken ? [`params.${name}`] : [name, `params.${name}`];
    return column(names, kind, (row) => row.params[name] ?? null, words);
  });
  return [...FIXED, ...values, ...params];
}

/** Order of texts: by the numbers of their characters in Unicode. */
export function compareTexts(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++)
    if (x[i] !== y[i]) return x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!;
  return x.length - y.length;
}
