import { BelayError, didYouMean, show } from "../core/error.ts";
import type { Choice } from "../core/space/distribution.ts";
import type { Json } from "../core/trial.ts";
import type { StudyRow } from "../store/records.ts";
import type { TrialJson } from "./trial.ts";

/** What a column holds: how it is compared, and how a table shows it. `any`: now a number, now a text. */
export type ColumnKind = "number" | "text" | "time" | "duration" | "bytes" | "truth" | "any";

/** A column that `--where`, `--sort` and `--columns` can name. */
export interface Column {
  readonly key: string;
  readonly kind: ColumnKind;
  /** An SQL expression over `trials AS t` and the final row of `memory_log AS m`. */
  readonly sql: string;
  /** The words that it can hold, which `--where` takes without quotes. */
  readonly words: readonly string[];
  readonly read: (trial: TrialJson) => Json;
}

const STATES = ["waiting", "running", "complete", "pruned", "fail"];
const REASONS = [
  ...["pruner", "split-timeout", "trial-timeout", "memory-limit", "memory-reserve", "not-finite"],
  ...["error", "exit", "heap", "crash", "setup", "stopped", "interrupted"],
];

const fixed = (
  key: string,
  kind: ColumnKind,
  sql: string,
  read: (trial: TrialJson) => Json,
  words: readonly string[] = [],
): Column => ({ key, kind, sql, words, read });

const FIXED: readonly Column[] = [
  fixed("number", "number", "t.number", (trial) => trial.number),
  fixed("state", "text", "t.state", (trial) => trial.state, STATES),
  fixed("reason", "text", "t.reason", (trial) => trial.reason, REASONS),
  fixed("detail", "text", "t.detail", (trial) => trial.detail),
  fixed("value", "number", "t.value", (trial) => trial.value),
  fixed("values", "text", "t.all_values", (trial) => trial.values),
  fixed("constraints", "text", "t.constraints", (trial) => trial.constraints),
  fixed("violation", "number", "t.violation", (trial) => trial.violation),
  fixed("feasible", "truth", "(t.violation = 0)", (trial) => trial.feasible),
  fixed("params", "text", "t.params", (trial) => trial.params),
  fixed("attempts", "number", "t.attempts", (trial) => trial.attempts),
  fixed("startedAt", "time", "t.started_at", (trial) => trial.startedAt),
  fixed("finishedAt", "time", "t.finished_at", (trial) => trial.finishedAt),
  fixed("durationMs", "duration", "t.duration_ms", (trial) => trial.durationMs),
  fixed(
    "splits",
    "number",
    "(SELECT count(*) FROM splits WHERE trial_id = t.id)",
    (trial) => trial.splits.length,
  ),
  fixed("memory.baselineBytes", "bytes", "m.baseline_bytes", (trial) => trial.memory?.baselineBytes ?? null),
  fixed("memory.peakBytes", "bytes", "m.peak_bytes", (trial) => trial.memory?.peakBytes ?? null),
  fixed("memory.finalBytes", "bytes", "m.rss_bytes", (trial) => trial.memory?.finalBytes ?? null),
  fixed("memory.tensors", "number", "m.tensors", (trial) => trial.memory?.tensors ?? null),
  fixed("memory.source", "text", "m.source", (trial) => trial.memory?.source ?? null, ["worker", "guard"]),
  fixed("error", "text", "json_extract(t.error, '$.message')", (trial) => trial.error?.message ?? null),
];

const ALIASES: Readonly<Record<string, string>> = {
  started: "startedAt",
  finished: "finishedAt",
  duration: "durationMs",
  "memory.baseline": "memory.baselineBytes",
  "memory.peak": "memory.peakBytes",
  "memory.final": "memory.finalBytes",
  "error.message": "error",
};

/**
 * The column of a name: a key of the JSON, an alias, `values.1`, `detail.limitBytes`, a param, or `params.x`.
 *
 * @param option - The option that names it, for the error.
 * @throws BelayError `usage`: unknown; the nearest name is offered.
 */
export function resolveColumn(study: StudyRow, name: string, option: string): Column {
  const column = findColumn(study, name);
  if (column) return column;
  const names = [
    ...FIXED.map(({ key }) => key),
    ...Object.keys(ALIASES),
    ...study.space.params.map((param) => param.name),
  ];
  const hint = didYouMean(name, names) || `; there are ${names.slice(0, 11).join(", ")} and the params`;
  throw new BelayError("usage", `${option}: expected a column, got ${show(name)}${hint}`);
}

/** As `resolveColumn`; null when there is none. */
export function findColumn(study: StudyRow, name: string): Column | null {
  const key = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  return (
    FIXED.find((column) => column.key === key) ??
    (name.startsWith("params.") ? paramColumn(study, name.slice("params.".length), name) : null) ??
    partColumn(study, name) ??
    paramColumn(study, name)
  );
}

function paramColumn(study: StudyRow, name: string, key: string = name): Column | null {
  const param = study.space.params.find((candidate) => candidate.name === name);
  if (!param) return null;
  const choices: readonly Choice[] =
    param.distribution.kind === "categorical" ? param.distribution.choices : [];
  const words = choices.filter((choice) => typeof choice === "string");
  const kind = kindOf(choices);
  const sql = `json_extract(t.params, ${sqlText(`$.${JSON.stringify(name)}`)})`;
  return fixed(
    key,
    kind,
    sql,
    (trial) => (Object.hasOwn(trial.params, name) ? trial.params[name]! : null),
    words,
  );
}

/** What the choices of a categorical have in common; none: a number. */
function kindOf(choices: readonly Choice[]): ColumnKind {
  const kinds = new Set(choices.filter((choice) => choice !== null).map((choice) => typeof choice));
  if (kinds.size > 1) return "any";
  return kinds.has("string") ? "text" : kinds.has("boolean") ? "truth" : "number";
}

/** One objective, one constraint, or one number of the detail. */
function partColumn(study: StudyRow, name: string): Column | null {
  const match = /^(values|constraints|detail)\.(\w+)$/.exec(name);
  if (!match) return null;
  const [, of, part] = match as unknown as [string, "values" | "constraints" | "detail", string];
  if (of === "detail") {
    const kind = part.endsWith("Bytes") ? "bytes" : part.endsWith("Ms") ? "duration" : "any";
    return fixed(name, kind, `json_extract(t.detail, '$.${part}')`, (trial) => trial.detail?.[part] ?? null);
  }
  if (!/^\d{1,4}$/.test(part)) return null;
  const index = Number(part);
  if (of === "constraints") {
    const sql = `json_extract(t.constraints, '$[${index}]')`;
    return fixed(name, "number", sql, (trial) => trial.constraints[index] ?? null);
  }
  if (index >= study.directions.length) return null;
  const sql = index === 0 ? "t.value" : `json_extract(t.all_values, '$[${index}]')`;
  return fixed(name, "number", sql, (trial) => trial.values[index] ?? null);
}

/**
 * The columns of a table, a CSV or a Markdown file unless the user chooses.
 *
 * @param constrained - Whether trials of the study have constraints.
 */
export function defaultColumns(study: StudyRow, constrained: boolean): Column[] {
  const several = study.directions.length > 1;
  const values = several ? study.directions.map((_, index) => `values.${index}`) : ["value"];
  const params = study.space.params.map(({ name }) => `params.${name}`);
  const names = [
    "number",
    "state",
    "reason",
    ...values,
    ...(constrained ? ["feasible"] : []),
    ...params,
    "attempts",
    "durationMs",
    "memory.peakBytes",
  ];
  return names.map((name) => {
    const column = resolveColumn(study, name, "--columns");
    const short = name.startsWith("params.") ? name.slice("params.".length) : name;
    return findColumn(study, short)?.sql === column.sql ? { ...column, key: short } : column;
  });
}

/** A text as an SQL literal. */
function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
