import type { SchemaElement } from "hyparquet-writer";
import { BelayError, show } from "../../core/error.ts";
import type { Choice, Distribution } from "../../core/space/distribution.ts";
import type { Json } from "../../core/trial.ts";
import type { Field, FieldName } from "../../store/filter.ts";
import type { StudyRow, TrialRecord } from "../../store/records.ts";

/** A column of trials: its name, and what it reads of a trial. */
export interface TrialColumn {
  readonly key: string;
  readonly field: Field;
}

/** A column of a Parquet file. */
export interface ParquetColumn {
  readonly name: string;
  /** Its elements in the schema: the column itself, and for a list what the list consists of. */
  readonly schema: readonly SchemaElement[];
  /** Whether its values are as good as never equal, so that a dictionary of them is not worth a look. */
  readonly differs: boolean;
  /** The cell of a trial, as `hyparquet-writer` takes it; null where there is none. */
  readonly cell: (trial: TrialRecord) => unknown;
}

type Type = "whole" | "real" | "text" | "truth" | "time" | "reals" | "json";

/** The types of the fields of a trial that hold the same in every study. */
const TYPES: Readonly<Record<Exclude<FieldName, "values" | "params">, Type>> = {
  ...{ number: "whole", attempts: "whole", durationMs: "whole", splitCount: "whole" },
  ...{ value: "real", violation: "real", estimate: "real", constraints: "reals", feasible: "truth" },
  invalid: "truth",
  ...{
    state: "text",
    reason: "text",
    detail: "json",
    proposer: "text",
    why: "text",
    "error.message": "text",
  },
  ...{ startedAtMs: "time", finishedAtMs: "time" },
  ...{ "memory.baselineBytes": "whole", "memory.peakBytes": "whole", "memory.rssBytes": "whole" },
  ...{ "memory.tensors": "whole", "memory.source": "text" },
};

/**
 * The columns of a study's trials: those that are given, then lists with an entry for each split, by its number.
 *
 * @param columns - The columns of a table of the trials, as the csv has them.
 */
export function parquetColumns(study: StudyRow, columns: readonly TrialColumn[]): ParquetColumn[] {
  const taken = new Set(columns.map(({ key }) => key));
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  const several = study.directions.length > 1;
  const values = study.directions.map((_, i) =>
    listColumn(
      free(several ? `splitValues.${i}` : "splitValues"),
      "DOUBLE",
      (split) => split.values[i] ?? null,
    ),
  );
  return [
    ...columns.map(({ key, field }) => columnOf(study, key, field)),
    ...values,
    listColumn(free("splitDurationsMs"), "INT64", ({ durationMs }) => BigInt(durationMs)),
    listColumn(free("splitRssBytes"), "INT64", ({ rssBytes }) =>
      rssBytes === null ? null : BigInt(rssBytes),
    ),
  ];
}

function columnOf(study: StudyRow, name: string, field: Field): ParquetColumn {
  if ("index" in field) return typed(name, "real", (trial) => trial[field.name][field.index] ?? null);
  if ("key" in field) {
    const { key } = field;
    const param = study.space.params.find((each) => each.name === key);
    if (field.name === "params" && param) {
      const type = typeOf(param.distribution);
      return typed(name, type, ({ params }) => (Object.hasOwn(params, key) ? params[key]! : null));
    }
    return typed(name, "json", (trial) => trial[field.name]?.[key] ?? null);
  }
  if (field.name === "values" || field.name === "params")
    return typed(name, "json", (trial) => trial[field.name as "values"]);
  return typed(name, TYPES[field.name], reading(field.name));
}

/** Reads a field that holds one value. */
function reading(name: keyof typeof TYPES): (trial: TrialRecord) => Json {
  if (name === "splitCount") return ({ splits }) => splits.length;
  if (name === "feasible") return ({ violation }) => (violation === null ? null : violation === 0);
  if (name === "invalid") return ({ invalid }) => invalid !== null;
  if (name === "error.message") return ({ error }) => error?.message ?? null;
  if (name.startsWith("memory.")) {
    const key = name.slice("memory.".length) as keyof NonNullable<TrialRecord["memory"]>;
    return ({ memory }) => memory?.[key] ?? null;
  }
  return (trial) => trial[name as "state"];
}

/** The type that holds all values of a param. Choices of several types become text, as in a csv. */
function typeOf(distribution: Distribution): Type {
  if (distribution.kind === "int") return "whole";
  if (distribution.kind === "float") return "real";
  const choices = distribution.choices.filter((choice) => choice !== null);
  const isAll = (test: (choice: Choice) => boolean): boolean => choices.length > 0 && choices.every(test);
  if (isAll((choice) => typeof choice === "boolean")) return "truth";
  if (isAll(Number.isSafeInteger)) return "whole";
  return isAll((choice) => typeof choice === "number") ? "real" : "text";
}

const ELEMENTS: Readonly<Record<Exclude<Type, "reals">, Omit<SchemaElement, "name">>> = {
  whole: { type: "INT64" },
  real: { type: "DOUBLE" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  truth: { type: "BOOLEAN" },
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" }, // by definition in UTC
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

function typed(name: string, type: Type, read: (trial: TrialRecord) => Json): ParquetColumn {
  if (type === "reals") return { name, schema: listSchema(name, "DOUBLE"), differs: true, cell: read };
  const element: SchemaElement = { name, repetition_type: "OPTIONAL", ...ELEMENTS[type] };
  const write = WRITERS[type];
  return {
    name,
    schema: [element],
    differs: type === "real" || type === "time",
    cell: (trial) => {
      const value = read(trial);
      return value === null ? null : write(value, name, trial);
    },
  };
}

type Write = (value: Json, name: string, trial: TrialRecord) => unknown;

const same: Write = (value) => value;

const WRITERS: Readonly<Record<Exclude<Type, "reals">, Write>> = {
  real: same,
  truth: same,
  time: same,
  text: String,
  json: (value) => JSON.stringify(value),
  whole: (value, name, { number }) => {
    if (Number.isSafeInteger(value)) return BigInt(value as number);
    // A range may have become one of whole numbers when trials had others already.
    throw new BelayError("store", `trial ${number}: expected a whole number as ${name}, got ${show(value)}`);
  },
};

function listSchema(name: string, type: "DOUBLE" | "INT64"): SchemaElement[] {
  return [
    { name, repetition_type: "REQUIRED", converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "OPTIONAL", type },
  ];
}

/** A column of lists in which a split has the place of its number; a split that is not recorded is null there. */
function listColumn(
  name: string,
  type: "DOUBLE" | "INT64",
  read: (split: TrialRecord["splits"][number]) => unknown,
): ParquetColumn {
  return {
    name,
    schema: listSchema(name, type),
    differs: true,
    cell: ({ splits }) => {
      const list: unknown[] = [];
      for (const split of splits) {
        while (list.length < split.split) list.push(null);
        list[split.split] = read(split);
      }
      return list;
    },
  };
}
