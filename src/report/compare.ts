import { BelayError, show } from "../core/error.ts";
import { durationAmount, sizeAmount } from "../core/units.ts";
import type { FilterValue } from "../store/filter.ts";
import type { Column, ColumnKind } from "./columns.ts";
import type { Operand } from "./expression.ts";

/** An operand that is no column. */
export type Literal = Exclude<Operand, { kind: "name" }>;

const EXAMPLES: Readonly<Record<ColumnKind, string>> = {
  number: "a number",
  text: "a text",
  time: 'a date such as "2026-01-31"',
  duration: "a duration such as 5m, or a number of milliseconds",
  bytes: "a size such as 2GB, or a number of bytes",
  truth: "true or false",
  any: "a number or a text",
};

/** Without a unit; `0x10` is none. */
const PLAIN = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** So many words of a column are listed in an error. */
const MAX_WORDS = 16;

/**
 * What a literal is beside a column. Kinds that cannot be compared are refused: a database that finds every text
 * larger than every number would answer with all rows or none.
 *
 * @throws BelayError `usage`: it is nothing that the column can hold.
 */
export function boundBeside(literal: Literal, column: Column): FilterValue {
  if (literal.kind === "literal" && literal.value === null) return null;
  const bound =
    literal.kind === "text"
      ? textBeside(literal.value, column.kind)
      : literal.kind === "number"
        ? numberBeside(literal.text, column)
        : truthBeside(literal, column);
  if (bound === undefined)
    throw incomparable(column, literal.kind === "text" ? show(literal.value) : show(literal.text));
  return bound;
}

function textBeside(text: string, kind: ColumnKind): FilterValue | undefined {
  if (kind === "text" || kind === "any") return text;
  if (kind !== "time") return undefined;
  const atMs = Date.parse(text); // times are stored as milliseconds
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** A word of the column (`3d`, or `16` where the choices are texts), else a number, with a unit that fits. */
function numberBeside(text: string, { kind, words }: Column): FilterValue | undefined {
  const plain = Number(text);
  const isPlain = PLAIN.test(text);
  if (words.includes(text) && !(isPlain && kind === "any")) return text;
  if (kind === "text") return undefined;
  if (isPlain) return kind === "truth" && plain !== 0 && plain !== 1 ? undefined : plain;
  if (kind === "duration") return durationAmount(text) ?? undefined;
  if (kind === "bytes") return sizeAmount(text) ?? undefined;
  return kind === "any" ? (durationAmount(text) ?? sizeAmount(text) ?? undefined) : undefined;
}

function truthBeside(
  { text, value }: Extract<Literal, { kind: "literal" }>,
  { kind, words }: Column,
): FilterValue | undefined {
  if (kind === "truth") return Number(value);
  if (words.includes(text)) return text;
  return kind === "any" ? Number(value) : undefined;
}

/** A literal that is compared with another one. @throws BelayError `usage`: it has no such unit. */
export function boundAlone(literal: Literal): FilterValue {
  if (literal.kind === "text") return literal.value;
  if (literal.kind === "literal") return literal.value === null ? null : Number(literal.value);
  const { text } = literal;
  const value = PLAIN.test(text) ? Number(text) : (durationAmount(text) ?? sizeAmount(text));
  if (value !== null) return value;
  throw new BelayError("usage", `--where: expected a number such as 5, 5m or 2GB, got ${show(text)}`);
}

/** @throws BelayError `usage`: two columns, or two values, of kinds that cannot be compared. */
export function checkComparable(left: Column, right: Column): void {
  const [a, b] = [left.kind, right.kind];
  if (a === b || a === "any" || b === "any") return;
  const isAmount = (kind: ColumnKind): boolean => ["number", "duration", "bytes"].includes(kind);
  if (isAmount(a) && isAmount(b) && (a === "number" || b === "number")) return;
  throw incomparable(left, `the column ${right.key}`);
}

/** @throws BelayError `usage`: the name is neither a column nor a word of `column`. */
export function incomparable(column: Column, came: string): BelayError {
  const { key, kind, words } = column;
  const shown = words.slice(0, MAX_WORDS).join(", ") + (words.length > MAX_WORDS ? ", ..." : "");
  const expected = words.length > 0 ? `${shown}${kind === "any" ? " or a number" : ""}` : EXAMPLES[kind];
  return new BelayError("usage", `--where: expected ${key} to be compared with ${expected}, got ${came}`);
}
