import { BelayError, didYouMean, show } from "../core/error.ts";
import type { StudyLimits } from "../core/limits.ts";
import { isName, NAME_RULE } from "../core/name.ts";
import { type Direction, isDirection } from "../core/search/direction.ts";
import { formatSpec, isSpec, parseSpec, specOf } from "../core/search/spec.ts";
import { SPLIT_ORDERS, type SplitOrder } from "../core/search/split-order.ts";
import { openRow } from "../core/space/given.ts";
import { type Params, type Space, toParams } from "../core/space/space.ts";
import { BACKEND_CHOICES, type BackendChoice, type StudyManifest } from "../core/study.ts";
import { parseDuration, parseSize } from "../core/units.ts";
import { aggregateKind } from "./aggregate-kind.ts";
import { readSpace } from "./read-space.ts";
import { COMMAND_FIELDS, readCommand } from "./validate-command.ts";

const FIELDS = [
  "name",
  "direction",
  "directions",
  "backend",
  "space",
  "defaults",
  "limits",
  "noise",
  "trials",
  "sampler",
  "pruner",
  "splitOrder",
  "stop",
  "data",
  "splits",
  "train",
  "command",
  "aggregate",
] as const;
/** Fields that only `train` needs: a program loads its data by itself. */
const TRAIN_FIELDS: readonly string[] = ["backend", "data", "train"];
const FIELDS_WITH_COMMAND = [
  ...FIELDS.filter((field) => !TRAIN_FIELDS.includes(field)),
  ...COMMAND_FIELDS.filter((field) => !FIELDS.some((known) => known === field)),
];
const LIMIT_FIELDS = ["splitTimeout", "trialTimeout", "setupTimeout", "memory"] as const;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks the default export of a study file, which may be anything, and returns what the coordinator needs of it.
 *
 * @param file - Name of the file, as error messages show it.
 * @throws BelayError `study`, one line: the file, the field, what was expected, what was given.
 */
export function validateStudy(value: unknown, file: string): StudyManifest {
  try {
    return readStudy(value);
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    throw new BelayError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

function readStudy(value: unknown): StudyManifest {
  if (value === undefined) {
    throw fault("default export", "a study, as in export default defineStudy({ ... })", "none");
  }
  if (!isObject(value)) throw fault("default export", "a study made by defineStudy({ ... })", show(value));
  const hasCommand = value.command !== undefined;
  if (hasCommand && value.train !== undefined) throw fault("command", "either train or command", "both");
  checkFields("", value, hasCommand ? FIELDS_WITH_COMMAND : FIELDS);
  const directions = readDirections(value);
  if (hasCommand) readCommand(value);
  else checkFunctions(value);
  checkAggregate(value.aggregate, directions.length);
  const space = readSpace(value.space);
  return {
    name: readName(value.name),
    directions,
    space,
    defaults: value.defaults === undefined ? null : readDefaults(space, value.defaults),
    backend: readBackend(value.backend),
    limits: readLimits(value.limits),
    noise: readNoise(value.noise),
    sampler: readSpec("sampler", value.sampler),
    pruner: readSpec("pruner", value.pruner),
    splitOrder: readSplitOrder(value.splitOrder),
    stop: readStop(value.stop),
    trials: readTrials(value.trials),
    aggregate: aggregateKind(value.aggregate, directions[0]!),
    command: hasCommand,
  };
}

function checkFunctions(value: Fields): void {
  if (typeof value.train !== "function") throw fault("train", "a function", got(value.train));
  for (const field of ["data", "splits"]) {
    if (value[field] !== undefined && typeof value[field] !== "function")
      throw fault(field, "a function", show(value[field]));
  }
}

function readName(name: unknown): string {
  if (isName(name)) return name;
  throw fault("name", NAME_RULE, got(name));
}

function readDirections({ direction, directions }: Fields): readonly Direction[] {
  if (direction !== undefined && directions !== undefined) {
    throw fault("direction", "either direction or directions", "both");
  }
  if (directions === undefined) return [readDirection("direction", direction)];
  if (!Array.isArray(directions) || directions.length === 0) {
    throw fault("directions", 'an array such as ["maximize", "minimize"]', show(directions));
  }
  return directions.map((one, i) => readDirection(`directions[${i}]`, one));
}

function readDirection(field: string, value: unknown): Direction {
  if (isDirection(value)) return value;
  throw fault(field, '"minimize" or "maximize"', got(value));
}

function readDefaults(space: Space, value: unknown): Params {
  try {
    return toParams(space, openRow("defaults", space, value, "drop"));
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    throw new BelayError("study", error.message, { cause: error });
  }
}

function readBackend(value: unknown): BackendChoice | null {
  if (value === undefined || value === null) return null;
  const known = BACKEND_CHOICES.find((choice) => choice === value);
  if (known) return known;
  const hint = didYouMean(value, BACKEND_CHOICES, show);
  throw fault("backend", BACKEND_CHOICES.map(show).join(", "), show(value) + hint);
}

function readLimits(value: unknown): StudyLimits {
  if (value === undefined) return {};
  if (!isObject(value))
    throw fault("limits", 'limits such as { splitTimeout: "5m", memory: "12GiB" }', show(value));
  checkFields("limits.", value, LIMIT_FIELDS);
  const time = (field: string): number => parseDuration(`limits.${field}`, value[field], "study");
  return {
    ...(value.splitTimeout !== undefined && { splitTimeoutMs: time("splitTimeout") }),
    ...(value.trialTimeout !== undefined && { trialTimeoutMs: time("trialTimeout") }),
    ...(value.setupTimeout !== undefined && { setupTimeoutMs: time("setupTimeout") }),
    ...(value.memory !== undefined && { memoryBytes: parseSize("limits.memory", value.memory, "study") }),
  };
}

function readNoise(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === "boolean") return value;
  throw fault("noise", "true or false", show(value));
}

function readTrials(value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw fault("trials", "a whole number, 1 or more", show(value));
}

function readSplitOrder(value: unknown): SplitOrder | null {
  if (value === undefined) return null;
  const known = SPLIT_ORDERS.find((order) => order === value);
  if (known) return known;
  const hint = didYouMean(value, SPLIT_ORDERS, show);
  throw fault("splitOrder", SPLIT_ORDERS.map(show).join(" or "), show(value) + hint);
}

/** A sampler, pruner or stop rule as text. Whether there is one of that name is checked later, outside the worker. */
function readSpec(field: string, value: unknown): string | null {
  if (value === undefined) return null;
  const text = isSpec(value) ? formatSpec(specOf(value.name, value.options)) : value;
  if (typeof text !== "string" || text.trim() === "") throw fault(field, "a name", show(value));
  parseSpec(field, text, "study");
  return text;
}

function readStop(value: unknown): readonly string[] | null {
  if (value === undefined) return null;
  if (!Array.isArray(value))
    throw fault("stop", "an array such as [noImprovement({ trials: 50 })]", show(value));
  return value.map((one, i) => readSpec(`stop[${i}]`, one ?? null)!);
}

function checkAggregate(value: unknown, directions: number): void {
  if (value === undefined || typeof value === "function") return;
  const isFunctions = Array.isArray(value) && value.every((one) => typeof one === "function");
  if (isFunctions && value.length === directions) return;
  const came = isFunctions ? `an array of ${value.length}` : show(value);
  throw fault(
    "aggregate",
    `a function, or an array of ${directions} functions, one for each direction`,
    came,
  );
}

/** Refuses unknown fields: in a plain JavaScript file a misspelt one would otherwise be ignored in silence. */
function checkFields(prefix: string, value: Fields, known: readonly string[]): void {
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    throw fault(
      prefix + field,
      `one of ${known.join(", ")}`,
      `an unknown field${didYouMean(field, known, show)}`,
    );
  }
}

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function got(value: unknown): string {
  return value === undefined ? "nothing" : show(value);
}

function fault(field: string, expected: string, came: string): BelayError {
  return new BelayError("study", `${field}: expected ${expected}, got ${came}`);
}
