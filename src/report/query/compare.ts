import { BelayError, show } from "../../core/error.ts";
import { durationAmount, sizeAmount } from "../../core/units.ts";
import type { FilterValue } from "../../store/filter.ts";
import type { Column, ColumnKind } from "./columns.ts";
import type { Operand } from "./expression.ts";

/** An operand that is not a name. */
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

/** A decimal number without a unit; `0x10` is none. */
const PLAIN = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** How many words of a column an error lists at most. */
const MAX_WORDS = 16;

/**
 * The value of a literal that is compared with a column. A literal that the column cannot hold is refused: SQLite, for
 * one, takes every text for larger than every number, and would answer with all rows or none.
 *
 * @throws BelayError `usage`: the column cannot hold such a value.
 */
export function valueForColumn(literal: Literal, column: Column): FilterValue {
  if (literal.kind === "literal" && literal.value === null) return null;
  const value =
    literal.kind === "text"
      ? textFor(literal.value, column.kind)
      : literal.kind === "number"
        ? numberFor(literal.text, column)
        : truthFor(literal, column);
  if (value === undefined)
    throw incomparable(column, literal.kind === "text" ? show(literal.value) : show(literal.text));
  return value;
}

function textFor(text: string, kind: ColumnKind): FilterValue | undefined {
  if (kind === "text" || kind === "any") return text;
  if (kind !== "time") return undefined;
  const atMs = Date.parse(text); // times are stored as milliseconds
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** A word of the column if it has one (`3d`, or `16` if the choices are texts), else a number, whose unit must fit. */
function numberFor(text: string, { kind, words }: Column): FilterValue | undefined {
  const plain = Number(text);
  const isPlain = PLAIN.test(text);
  if (words.includes(text) && !(isPlain && kind === "any")) return text;
  if (kind === "text") return undefined;
  if (isPlain) return kind === "truth" && plain !== 0 && plain !== 1 ? undefined : plain;
  if (kind === "duration") return durationAmount(text) ?? undefined;
  if (kind === "bytes") return sizeAmount(text) ?? undefined;
  return kind === "any" ? (durationAmount(text) ?? sizeAmount(text) ?? undefined) : undefined;
}

function truthFor(
  { text, value }: Extract<Literal, { kind: "literal" }>,
  { kind, words }: Column,
): FilterValue | undefined {
  if (kind === "truth") return Number(value);
  if (words.includes(text)) return text;
  return kind === "any" ? Number(value) : undefined;
}

/** The value of a literal that is compared with another literal. @throws BelayError `usage`: an unknown unit. */
export function valueAlone(literal: Literal): FilterValue {
  if (literal.kind === "text") return literal.value;
  if (literal.kind === "literal") return literal.value === null ? null : Number(literal.value);
  const { text } = literal;
  const value = PLAIN.test(text) ? Number(text) : (durationAmount(text) ?? sizeAmount(text));
  if (value !== null) return value;
  throw new BelayError("usage", `--where: expected a number such as 5, 5m or 2GB, got ${show(text)}`);
}

/** Throws BelayError `usage` if two columns are of kinds that cannot be compared. */
export function checkComparable(left: Column, right: Column): void {
  const [a, b] = [left.kind, right.kind];
  if (a === b || a === "any" || b === "any") return;
  const isAmount = (kind: ColumnKind): boolean => ["number", "duration", "bytes"].includes(kind);
  if (isAmount(a) && isAmount(b) && (a === "number" || b === "number")) return;
  throw incomparable(left, `the column ${right.key}`);
}

/** The error for a column that is compared with something it cannot hold; `got` names that. */
export function incomparable(column: Column, got: string): BelayError {
  const { key, kind, words } = column;
  const shown = words.slice(0, MAX_WORDS).join(", ") + (words.length > MAX_WORDS ? ", ..." : "");
  const expected = words.length > 0 ? `${shown}${kind === "any" ? " or a number" : ""}` : EXAMPLES[kind];
  return new BelayError("usage", `--where: expected ${key} to be compared with ${expected}, got ${got}`);
}
