import { BelayError, didYouMean, show } from "../../core/error.ts";
import type { SamplerName } from "../../core/search/sampler.ts";
import type { Choice } from "../../core/space/distribution.ts";
import { type Json, REASONS, TRIAL_STATES } from "../../core/trial.ts";
import { type Field, type FieldName, isSameField } from "../../store/filter.ts";
import type { StudyRow } from "../../store/records.ts";
import type { TrialJson } from "../trial.ts";

/** The type of a column, which decides how it is compared and shown. An `any` column holds numbers and texts. */
export type ColumnKind = "number" | "text" | "time" | "duration" | "bytes" | "truth" | "any";

/** A column that `--where`, `--sort` and `--columns` can name. */
export interface Column {
  readonly key: string;
  readonly kind: ColumnKind;
  /** The field of a trial record that filters and sort keys use. */
  readonly field: Field;
  /** The texts that the column can hold, if there are few; `--where` accepts them without quotes. */
  readonly words: readonly string[];
  readonly read: (trial: TrialJson) => Json;
  /** The name of one of its values, if it holds several, which cannot be compared all at once. */
  readonly part?: string;
}

/** Who proposes trials: samplers and their parts, and people. A sampler of one's own may add others. */
const PROPOSERS: readonly (SamplerName | "sobol" | "local" | "defaults" | "enqueued")[] = [
  ...([
    "defaults",
    "enqueued",
    "sobol",
    "tpe",
    "gp",
    "cmaes",
    "local",
    "nsga2",
    "nsga3",
    "qmc",
    "grid",
    "random",
  ] as const),
];

const fixed = (
  key: string,
  kind: ColumnKind,
  name: FieldName,
  read: (trial: TrialJson) => Json,
  words: readonly string[] = [],
): Column => ({ key, kind, field: { name }, words, read });

const ofSeveral = (
  key: "detail" | "values" | "constraints" | "params",
  part: string,
  read: (trial: TrialJson) => Json,
): Column => ({ ...fixed(key, "text", key, read), part });

const FIXED: readonly Column[] = [
  fixed("number", "number", "number", (trial) => trial.number),
  fixed("state", "text", "state", (trial) => trial.state, TRIAL_STATES),
  fixed("reason", "text", "reason", (trial) => trial.reason, REASONS),
  ofSeveral("detail", "detail.seenBytes", (trial) => trial.detail),
  fixed("value", "number", "value", (trial) => trial.value),
  ofSeveral("values", "values.0", (trial) => trial.values),
  ofSeveral("constraints", "constraints.0", (trial) => trial.constraints),
  fixed("violation", "number", "violation", (trial) => trial.violation),
  fixed("feasible", "truth", "feasible", (trial) => trial.feasible),
  fixed("invalid", "truth", "invalid", (trial) => trial.invalid !== null),
  ofSeveral("params", "params.NAME", (trial) => trial.params),
  fixed("proposer", "text", "proposer", (trial) => trial.proposer, PROPOSERS),
  fixed("why", "text", "why", (trial) => trial.why),
  fixed("attempts", "number", "attempts", (trial) => trial.attempts),
  fixed("startedAt", "time", "startedAtMs", (trial) => trial.startedAt),
  fixed("finishedAt", "time", "finishedAtMs", (trial) => trial.finishedAt),
  fixed("durationMs", "duration", "durationMs", (trial) => trial.durationMs),
  fixed("splits", "number", "splitCount", (trial) => trial.splits.length),
  fixed("estimate", "number", "estimate", (trial) => trial.estimate),
  fixed(
    "memory.baselineBytes",
    "bytes",
    "memory.baselineBytes",
    (trial) => trial.memory?.baselineBytes ?? null,
  ),
  fixed("memory.peakBytes", "bytes", "memory.peakBytes", (trial) => trial.memory?.peakBytes ?? null),
  fixed("memory.finalBytes", "bytes", "memory.rssBytes", (trial) => trial.memory?.finalBytes ?? null),
  fixed("memory.tensors", "number", "memory.tensors", (trial) => trial.memory?.tensors ?? null),
  fixed("memory.source", "text", "memory.source", (trial) => trial.memory?.source ?? null, [
    "worker",
    "guard",
  ]),
  fixed("error", "text", "error.message", (trial) => trial.error?.message ?? null),
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
 * Finds the column of a name: a key of the JSON, an alias, `values.1`, `detail.limitBytes`, a param, or `params.x`.
 *
 * @param option - The command-line option that has the name, for the error.
 * @throws BelayError `usage`: no such column; the message suggests the nearest name.
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

/**
 * Does what `resolveColumn` does, for an option that compares values with one another.
 *
 * @throws BelayError `usage`: no such column, or one that holds several values.
 */
export function resolveSingle(study: StudyRow, name: string, option: string): Column {
  return checkSingle(resolveColumn(study, name, option), option);
}

/** Refuses a column that holds several values. @throws BelayError `usage`. */
export function checkSingle(column: Column, option: string): Column {
  if (column.part === undefined) return column;
  throw new BelayError(
    "usage",
    `${option}: expected a column of one value, such as ${column.part}, got ${column.key}, which holds several`,
  );
}

/** Does what `resolveColumn` does, but returns null if there is no such column. */
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
  const read = (trial: TrialJson): Json => (Object.hasOwn(trial.params, name) ? trial.params[name]! : null);
  return { key, kind, field: { name: "params", key: name }, words, read };
}

/** The kind of a param's column by its choices; a param without choices is a number. */
function kindOf(choices: readonly Choice[]): ColumnKind {
  const kinds = new Set(choices.filter((choice) => choice !== null).map((choice) => typeof choice));
  if (kinds.size > 1) return "any";
  return kinds.has("string") ? "text" : kinds.has("boolean") ? "truth" : "number";
}

/** A column for one objective, one constraint, or one entry of the detail. */
function partColumn(study: StudyRow, name: string): Column | null {
  const match = /^(values|constraints|detail)\.(\w+)$/.exec(name);
  if (!match) return null;
  const [, of, part] = match as unknown as [string, "values" | "constraints" | "detail", string];
  if (of === "detail") {
    const kind = part.endsWith("Bytes") ? "bytes" : part.endsWith("Ms") ? "duration" : "any";
    return {
      key: name,
      kind,
      field: { name: of, key: part },
      words: [],
      read: (trial) => trial.detail?.[part] ?? null,
    };
  }
  if (!/^\d{1,4}$/.test(part)) return null;
  const index = Number(part);
  if (of === "values" && index >= study.directions.length) return null;
  const read = (trial: TrialJson): Json => trial[of][index] ?? null;
  return { key: name, kind: "number", field: { name: of, index }, words: [], read };
}

/**
 * The columns of a table, CSV or Markdown output if the user names none.
 *
 * @param constrained - Whether the trials of the study have constraints.
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
  return names.map((name) => shortest(study, name));
}

/** All columns of a study: one for each direction and each param, and none that repeats them. */
export function allColumns(study: StudyRow): Column[] {
  const several = study.directions.map((_, index) => `values.${index}`);
  const names = FIXED.flatMap(({ key }) => {
    if (key === "value") return several.length > 1 ? several : [key];
    if (key === "values") return [];
    return key === "params" ? study.space.params.map(({ name }) => `params.${name}`) : [key];
  });
  return names.map((name) => shortest(study, name));
}

/** A column with the shortest key that still means it. */
function shortest(study: StudyRow, name: string): Column {
  const column = resolveColumn(study, name, "--columns");
  const short = name.startsWith("params.") ? name.slice("params.".length) : name;
  const found = findColumn(study, short);
  return found && isSameField(found.field, column.field) ? { ...column, key: short } : column;
}
