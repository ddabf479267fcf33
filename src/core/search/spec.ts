import { BelayError, type ErrorCode, show } from "../error.ts";
import type { Json } from "../trial.ts";

/**
 * The name of a sampler or pruner and its options, as plain data. What a factory such as `tpe()` returns in a study
 * file is a spec; the command line and the study's row in the database have it as text: `tpe(startupTrials=20)`.
 */
export interface Spec {
  readonly name: string;
  /** The options that were given; others have their default. */
  readonly options: Readonly<Record<string, Json>>;
}

/** The longest text of a spec, in characters: enough for a grid with the values of many params. */
export const MAX_SPEC_LENGTH = 10_000;

/** A spec as it was written, in which a value may stand without the name of its option. */
export interface WrittenSpec {
  readonly name: string;
  readonly args: readonly { readonly key: string | null; readonly value: Written }[];
}
type Written = { readonly spec: WrittenSpec } | { readonly value: Json };

/** The spec for a factory's options. Options that are undefined count as left out. */
export function specOf(name: string, options: object): Spec {
  return { name, options: plain(options) as Spec["options"] };
}

/** A copy without functions and undefined entries: a pruner among the options of another becomes its spec. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value as Json;
  const kept = Object.entries(value).filter(
    ([, entry]) => entry !== undefined && typeof entry !== "function",
  );
  return Object.fromEntries(kept.map(([key, entry]) => [key, plain(entry)]));
}

/** Whether a value is a spec: an object with a name and options. */
export function isSpec(value: unknown): value is Spec {
  if (value === null || typeof value !== "object" || !("name" in value) || typeof value.name !== "string")
    return false;
  return "options" in value && value.options !== null && typeof value.options === "object";
}

/** A spec as text that `parseSpec` reads, such as `tpe` or `patient(pruner=percentile(q=25), patience=3)`. */
export function formatSpec({ name, options }: Spec): string {
  const args = Object.entries(options).map(([key, value]) => `${key}=${formatOption(value)}`);
  return args.length === 0 ? name : `${name}(${args.join(", ")})`;
}

function formatOption(value: Json): string {
  if (isSpec(value) && BARE.test(value.name)) return formatSpec(value);
  const isBare = typeof value === "string" && BARE.test(value) && !Object.hasOwn(CONSTANTS, value);
  return isBare ? value : JSON.stringify(value);
}

const BARE = /^[a-z_][\w-]*$/i;
const CONSTANTS: Readonly<Record<string, Json>> = { true: true, false: false, null: null };

/**
 * Reads the text of a spec: a name, and options in brackets. A value is JSON, a word or another spec.
 *
 * @param what - What the text is for, as the error names it.
 * @throws BelayError with `code`.
 */
export function parseSpec(what: string, text: string, code: ErrorCode = "usage"): WrittenSpec {
  const cursor = { text, at: 0 };
  try {
    if (text.length > MAX_SPEC_LENGTH) throw new SyntaxError();
    const spec = readSpec(cursor, take(cursor, NAME));
    if (take(cursor, /\s*/y) === null || cursor.at < text.length) throw new SyntaxError();
    return spec;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const expected = "a name, or a name with options such as tpe(startupTrials=20)";
    const most = text.length > MAX_SPEC_LENGTH ? `, of at most ${MAX_SPEC_LENGTH} characters` : "";
    throw new BelayError(code, `${what}: expected ${expected}${most}, got ${show(text)}`, { cause: error });
  }
}

/**
 * Splits a list of specs into the text of each: `no-improvement(trials=50), cost(hours=8)` has two.
 *
 * @param what - What the text is for, as the error names it.
 * @param expected - What the text should be, as the error says it.
 * @throws BelayError `usage`: the text is no list of specs.
 */
export function splitSpecs(what: string, text: string, expected: string): string[] {
  const cursor = { text, at: 0 };
  const texts: string[] = [];
  try {
    if (text.length > MAX_SPEC_LENGTH) throw new SyntaxError();
    do {
      const from = cursor.at;
      readSpec(cursor, take(cursor, NAME));
      texts.push(text.slice(from, cursor.at).trim());
    } while (take(cursor, /\s*,/y) !== null);
    if (take(cursor, /\s*/y) === null || cursor.at < text.length) throw new SyntaxError();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BelayError("usage", `${what}: expected ${expected}, got ${show(text)}`, { cause: error });
  }
  return texts;
}

interface Cursor {
  readonly text: string;
  at: number;
}

const NAME = /\s*([a-z_][\w-]*)/iy;
const NUMBER = /\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)(?![\w.])/iy;

/** The next match, which the cursor then passes; null if the pattern does not match here. */
function take(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (!match) return null;
  cursor.at = pattern.lastIndex;
  return match[1] ?? match[0];
}

/** Reads what follows a name: options in brackets, or nothing. */
function readSpec(cursor: Cursor, name: string | null): WrittenSpec {
  if (name === null) throw new SyntaxError();
  if (take(cursor, /\s*\(/y) === null || take(cursor, /\s*\)/y) !== null) return { name, args: [] };
  const args: { key: string | null; value: Written }[] = [];
  do {
    const key = take(cursor, /\s*([a-z_]\w*)\s*=/iy);
    args.push({ key, value: readValue(cursor) });
  } while (take(cursor, /\s*,/y) !== null);
  if (take(cursor, /\s*\)/y) === null) throw new SyntaxError();
  return { name, args };
}

function readValue(cursor: Cursor): Written {
  const number = take(cursor, NUMBER);
  if (number !== null) return { value: Number(number) };
  const word = take(cursor, NAME);
  if (word === null) return { value: readJson(cursor) };
  if (Object.hasOwn(CONSTANTS, word)) return { value: CONSTANTS[word]! };
  const isSpecNext = /\s*\(/y;
  isSpecNext.lastIndex = cursor.at;
  return isSpecNext.test(cursor.text) ? { spec: readSpec(cursor, word) } : { value: word };
}

/** Reads a text in quotes, an array or an object, up to where its brackets close. */
function readJson(cursor: Cursor): Json {
  take(cursor, /\s*/y);
  const start = cursor.at;
  let depth = 0;
  do {
    const piece = take(cursor, /"(?:[^"\\]|\\.)*"|[[\]{}]|[^"[\]{}]+/y);
    if (piece === null || (depth === 0 && !/^["[{]/.test(piece))) throw new SyntaxError();
    if (piece === "[" || piece === "{") depth++;
    if (piece === "]" || piece === "}") depth--;
  } while (depth > 0);
  return JSON.parse(cursor.text.slice(start, cursor.at)) as Json;
}
