import { isDirection } from "../../core/search/direction.ts";
import { checkDistribution, type Distribution } from "../../core/space/distribution.ts";
import type { Row } from "./shapes.ts";

/** What is wrong with a row. */
export interface RowFault {
  /** The column, what it should hold, and what it holds. */
  readonly text: string;
  /** The faulty columns if the row is still of use when they are cleared; null if it is lost. */
  readonly clearable: readonly string[] | null;
}

type Check = (value: unknown) => boolean;

const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isNumbers: Check = (value) =>
  Array.isArray(value) && value.every((each) => typeof each === "number" || each === null);
const isParams: Check = (value) =>
  isObject(value) &&
  Object.values(value as object).every((each) => each === null || typeof each !== "object");
const isDirections: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isDirection);
const isAny: Check = () => true;

/** The checks of the columns that hold JSON, and whether a row is still of use without them. */
const JSON_COLUMNS: Readonly<
  Record<string, Readonly<Record<string, readonly [Check, isClearable: boolean]>>>
> = {
  studies: {
    directions: [isDirections, true],
    space: [isSpace, true],
    settings: [isSettings, true],
    limits: [isLimits, true],
    end_detail: [isObject, true],
  },
  trials: {
    params: [isParams, false],
    all_values: [isNumbers, false],
    constraints: [isNumbers, false],
    detail: [isObject, true],
    error: [isError, true],
    invalid: [isObject, true],
  },
  attempts: { detail: [isObject, true] },
  splits: { all_values: [isNumbers, false], constraints: [isNumbers, false] },
  learned: { trials: [isLearned, false] },
  metrics: { waits: [Array.isArray, true] },
  events: { data: [isAny, true] },
  commands: { data: [isAny, true], answer: [isObject, true] },
};

/** Columns of plain text that only people read, so that a row is still of use without them. */
const CLEARABLE_TEXTS: Readonly<Record<string, readonly string[]>> = {
  trials: ["proposer", "why"],
  metrics: ["why"],
  owners: ["namespace"],
};

/** The last moment that a Date can hold. */
const LATEST_MS = 8.64e15;

/** Finds faults that SQLite cannot know: text that is not the expected JSON, impossible times and amounts. */
export function rowFault(table: string, row: Row): RowFault | null {
  const clearable: string[] = [];
  const texts: string[] = [];
  const json = JSON_COLUMNS[table] ?? {};
  for (const [column, value] of Object.entries(row)) {
    const text = fault(column, value, json[column]?.[0]);
    if (text === null) continue;
    const isClearable = json[column]?.[1] || CLEARABLE_TEXTS[table]?.includes(column);
    if (!isClearable) return { text, clearable: null };
    clearable.push(column);
    texts.push(text);
  }
  return texts.length === 0 ? null : { text: texts[0]!, clearable };
}

function fault(column: string, value: unknown, check: Check | undefined): string | null {
  if (value === null) return null;
  if (typeof value === "symbol") return `${column}: expected text, got bytes that are not UTF-8`;
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) {
    const isTime = column === "at" || column.endsWith("_at");
    const isAmount = isTime || /_(bytes|ms|total|available)$/.test(column);
    if ((isTime && value > LATEST_MS) || (isAmount && value < 0))
      return `${column}: expected ${isTime ? "a time" : "an amount"}, got ${value}`;
    if (typeof value === "bigint")
      return `${column}: expected an integer that a double can hold, got ${value}`;
  }
  if (check && !holds(value, check)) return `${column}: expected its JSON, got damaged text`;
  return null;
}

function holds(text: unknown, check: Check): boolean {
  try {
    return check(JSON.parse(text as string));
  } catch {
    return false;
  }
}

function isSpace(value: unknown): boolean {
  const params = (value as { params?: unknown }).params;
  if (!Array.isArray(params)) return false;
  return params.every((param: { name: unknown; distribution: Distribution; when: unknown }, i) => {
    if (typeof param.name !== "string" || !Array.isArray(param.when)) return false;
    if (!["float", "int", "categorical"].includes(param.distribution.kind)) return false;
    checkDistribution(param.name, param.distribution);
    return param.when.every(
      ({ parent, values }: { parent: unknown; values: unknown }) =>
        Number.isInteger(parent) && (parent as number) >= 0 && (parent as number) < i && isNumbers(values),
    );
  });
}

function isSettings(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value as object).every((each) => isObject(each) && typeof each.source === "string")
  );
}

function isLearned(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((trial) => isObject(trial) && isParams(trial.params) && typeof trial.cost === "number")
  );
}

function isLimits(value: unknown): boolean {
  const names = [
    "setupTimeoutMs",
    "splitTimeoutMs",
    "trialTimeoutMs",
    "memoryBytes",
    "reserveBytes",
    "graceMs",
  ];
  return (
    isObject(value) &&
    names.every((name) => {
      const limit = (value as Record<string, unknown>)[name];
      return limit === null || (typeof limit === "number" && limit >= 0);
    })
  );
}

function isError(value: unknown): boolean {
  return isObject(value) && typeof (value as { message?: unknown }).message === "string";
}
