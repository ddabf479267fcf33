import { BelayError, show } from "../../core/error.ts";
import type { Comparison } from "../../store/filter.ts";
import { type Token, tokenize } from "./token.ts";

/** One side of a comparison. The meaning of a bare name, and of a number with letters, depends on the other side. */
export type Operand =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "literal"; readonly text: string; readonly value: boolean | null }
  /** A column, or a word that the other side can hold. A name in backquotes (`quoted`) is always a column. */
  | { readonly kind: "name"; readonly name: string; readonly quoted: boolean };

/** A `--where` expression. */
export type Expression =
  | { readonly kind: "and" | "or"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly inner: Expression }
  | { readonly kind: "in"; readonly left: Operand; readonly options: readonly Operand[] }
  /** A name alone, which holds where its column is true; `refusal` is for a column that cannot be. */
  | {
      readonly kind: "truth";
      readonly left: Extract<Operand, { kind: "name" }>;
      readonly refusal: BelayError;
    }
  | {
      readonly kind: "compare";
      readonly operator: Comparison;
      readonly left: Operand;
      readonly right: Operand;
    };

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "=": "=",
  "==": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

const MAX_DEPTH = 50;

/** The tokens of an expression, the index of the next one, and the depth of nesting. */
interface Cursor {
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
}

/**
 * Parses a `--where` expression. The words and, or, not, in, is, null, true and false may have upper or lower case.
 *
 *     expression = term { "or" term }
 *     term       = factor { "and" factor }
 *     factor     = "not" factor | "(" expression ")" | operand test
 *     test       = comparison operand | ["not"] "in" "(" operand { "," operand } ")"
 *     comparison = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | "is" | "is" "not"
 *     operand    = name | `name` | number | number with unit (5m, 2GB) | "text" | 'text' | null | true | false
 *
 * @throws BelayError `usage`: a syntax error; the message says what was expected and what was found.
 */
export function parseExpression(text: string): Expression {
  const cursor: Cursor = { tokens: tokenize(text), next: 0, depth: 0 };
  const expression = parseOr(cursor);
  if (peek(cursor).kind !== "end") throw expected(cursor, '"and", "or" or the end');
  return expression;
}

function parseOr(cursor: Cursor): Expression {
  const parts = [parseAnd(cursor)];
  while (take(cursor, "or")) parts.push(parseAnd(cursor));
  return parts.length === 1 ? parts[0]! : { kind: "or", parts };
}

function parseAnd(cursor: Cursor): Expression {
  const parts = [parseFactor(cursor)];
  while (take(cursor, "and")) parts.push(parseFactor(cursor));
  return parts.length === 1 ? parts[0]! : { kind: "and", parts };
}

function parseFactor(cursor: Cursor): Expression {
  if (++cursor.depth > MAX_DEPTH) {
    throw new BelayError(
      "usage",
      `--where: expected at most ${MAX_DEPTH} levels of brackets and "not", got more`,
    );
  }
  const factor = parseNested(cursor) ?? parseTest(cursor);
  cursor.depth--;
  return factor;
}

function parseNested(cursor: Cursor): Expression | null {
  if (take(cursor, "not")) return { kind: "not", inner: parseFactor(cursor) };
  if (!take(cursor, "(")) return null;
  const inner = parseOr(cursor);
  need(cursor, ")");
  return inner;
}

function parseTest(cursor: Cursor): Expression {
  const left = parseOperand(cursor);
  const negated = isWord(cursor.tokens[cursor.next + 1], "in") && take(cursor, "not");
  if (take(cursor, "in")) {
    const any = parseOptions(cursor, left);
    return negated ? { kind: "not", inner: any } : any;
  }
  const operator = parseComparison(cursor);
  if (!operator) {
    const refusal = expected(cursor, `a comparison such as ">" or "="`);
    if (left.kind === "name" && endsTest(cursor)) return { kind: "truth", left, refusal };
    throw refusal;
  }
  return { kind: "compare", operator, left, right: parseOperand(cursor) };
}

/** Whether a test may end here, so that a name before is a column that is true or false. */
function endsTest(cursor: Cursor): boolean {
  const token = peek(cursor);
  return token.kind === "end" || [")", "and", "or"].some((word) => isWord(token, word));
}

function parseOptions(cursor: Cursor, left: Operand): Expression {
  need(cursor, "(");
  const options: Operand[] = [];
  do options.push(parseOperand(cursor));
  while (take(cursor, ","));
  need(cursor, ")");
  return { kind: "in", left, options };
}

function parseComparison(cursor: Cursor): Comparison | undefined {
  if (take(cursor, "is")) return take(cursor, "not") ? "!=" : "=";
  const token = peek(cursor);
  const operator = token.kind === "operator" ? COMPARISONS[token.text] : undefined;
  if (operator) cursor.next++;
  return operator;
}

function parseOperand(cursor: Cursor): Operand {
  const token = peek(cursor);
  const keyword = isWord(token, "and") || isWord(token, "or") || isWord(token, "in") || isWord(token, "is");
  if (keyword || token.kind === "operator" || token.kind === "end")
    throw expected(cursor, "a column or a value");
  cursor.next++;
  if (token.kind === "text" || token.kind === "number" || token.kind === "literal") return token;
  return { kind: "name", name: token.text, quoted: token.kind === "quoted-name" };
}

function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.next]!;
}

function isWord(token: Token | undefined, word: string): boolean {
  return (token?.kind === "name" || token?.kind === "operator") && token.text.toLowerCase() === word;
}

function take(cursor: Cursor, word: string): boolean {
  if (!isWord(peek(cursor), word)) return false;
  cursor.next++;
  return true;
}

function need(cursor: Cursor, word: string): void {
  if (!take(cursor, word)) throw expected(cursor, show(word));
}

function expected(cursor: Cursor, what: string): BelayError {
  const token = peek(cursor);
  return new BelayError(
    "usage",
    `--where: expected ${what}, got ${token.kind === "end" ? "the end" : show(token.text)}`,
  );
}
