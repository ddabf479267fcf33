import { BelayError, didYouMean, show } from "../../core/error.ts";

/** The kinds of params, each with the options that it may have. */
const KINDS = { float: ["log", "step"], int: ["log", "step"], categorical: [] } as const;
type Kind = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];

/** A mistake in a text, with the path to the part that has it. */
export type Refuse = (path: readonly (string | number)[], message: string) => never;

/**
 * The source of a space that a text declares, such as `{"rate": float(0.001, 1, {"log":true}).when("kind", ["gbdt"])}`.
 *
 * @param refuse - Throws the error of a part that is wrong.
 */
export function spaceSource(space: unknown, refuse: Refuse): string {
  if (!isObject(space))
    return refuse(["space"], `expected params such as rate: { float: [0.001, 1] }, got ${got(space)}`);
  const params = Object.entries(space).map(
    ([name, param]) => `${JSON.stringify(name)}: ${paramSource(name, param, refuse)}`,
  );
  return `{${params.join(", ")}}`;
}

function paramSource(name: string, param: unknown, refuse: Refuse): string {
  const path = ["space", name];
  if (!isObject(param))
    return refuse(path, `expected a param such as { float: [0.001, 1] }, got ${got(param)}`);
  const [kind, second] = KIND_NAMES.filter((each) => each in param);
  if (kind === undefined || second !== undefined)
    return refuse(path, `expected one of ${KIND_NAMES.join(", ")}, got ${got(Object.keys(param))}`);
  const allowed: readonly string[] = [kind, "when", ...KINDS[kind]];
  for (const key of Object.keys(param)) {
    if (allowed.includes(key)) continue;
    const hint = didYouMean(key, allowed, show);
    refuse([...path, key], `expected one of ${allowed.join(", ")}, got an unknown field${hint}`);
  }
  return `${declaration(kind, param, path, refuse)}${conditions(param.when, path, refuse)}`;
}

function declaration(
  kind: Kind,
  param: Readonly<Record<string, unknown>>,
  path: readonly string[],
  refuse: Refuse,
): string {
  const range = param[kind];
  const where = [...path, kind];
  if (!Array.isArray(range)) return refuse(where, `expected ${shape(kind)}, got ${got(range)}`);
  if (kind === "categorical") return `categorical(${JSON.stringify(range)})`;
  if (range.length !== 2 || !range.every((each) => typeof each === "number"))
    return refuse(where, `expected ${shape(kind)}, got ${show(range)}`);
  const options = Object.fromEntries(
    KINDS[kind].filter((key) => key in param).map((key) => [key, param[key]]),
  );
  if ("log" in options && typeof options.log !== "boolean")
    return refuse([...path, "log"], `expected true or false, got ${show(options.log)}`);
  if ("step" in options && typeof options.step !== "number")
    return refuse([...path, "step"], `expected a number, got ${show(options.step)}`);
  return `${kind}(${range.join(", ")}, ${JSON.stringify(options)})`;
}

function shape(kind: Kind): string {
  return kind === "categorical" ? "a list of choices" : "the least and the largest value, as [0.001, 1]";
}

function conditions(when: unknown, path: readonly string[], refuse: Refuse): string {
  if (when === undefined) return "";
  if (!isObject(when)) return refuse([...path, "when"], `expected { parent: value }, got ${got(when)}`);
  return Object.entries(when)
    .map(([parent, values]) => `.when(${JSON.stringify(parent)}, ${JSON.stringify(values)})`)
    .join("");
}

/** Whether a value is plain data with keys. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** A value as messages show it. */
export function got(value: unknown): string {
  return value === undefined || value === null ? "nothing" : show(value);
}

/** Makes the function that refuses a part of a text, with its line and column. */
export function refuser(file: string, at: (path: readonly (string | number)[]) => string): Refuse {
  return (path, message) => {
    throw new BelayError("study", `${file}:${at(path)}: ${path.join(".")}: ${message}`);
  };
}
