import { BelayError, show } from "../core/error.ts";
import { parseDuration, parseSize } from "../core/limits.ts";

/** A word of a `--where` expression. */
export type Token =
  | { readonly kind: "name"; readonly text: string }
  /** A name in backquotes: never a keyword. */
  | { readonly kind: "quoted-name"; readonly text: string }
  | { readonly kind: "value"; readonly text: string; readonly value: string | number | null }
  | { readonly kind: "operator"; readonly text: string }
  | { readonly kind: "end"; readonly text: "the end" };

const PATTERNS = {
  space: /\s+/y,
  number: /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?([A-Za-z]*)/y,
  string: /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y,
  quoted: /`([^`]+)`/y,
  name: /[\p{L}_$][\p{L}\p{N}_$]*(?:[.-][\p{L}\p{N}_$]+)*/uy,
  operator: /==|!=|<>|<=|>=|[=<>(),]/y,
};

const LITERALS: Readonly<Record<string, number | null>> = { null: null, true: 1, false: 0 };

/** Splits an expression into words; the last one is the end. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const take = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match) at += match[0].length;
      return match;
    };
    if (take(PATTERNS.space)) continue;
    const token = nextToken(take);
    if (!token) {
      throw new BelayError(
        "usage",
        `--where: expected a name, a value or an operator at ${at + 1}, got ${show(text.slice(at, at + 12))}`,
      );
    }
    tokens.push(token);
  }
  return [...tokens, { kind: "end", text: "the end" }];
}

function nextToken(take: (pattern: RegExp) => RegExpExecArray | null): Token | null {
  const number = take(PATTERNS.number);
  if (number) return { kind: "value", text: number[0], value: toNumber(number[0], number[1]!) };
  const string = take(PATTERNS.string);
  if (string) {
    const value = (string[1] ?? string[2] ?? "").replace(/\\(.)/g, "$1");
    return { kind: "value", text: string[0], value };
  }
  const quoted = take(PATTERNS.quoted);
  if (quoted) return { kind: "quoted-name", text: quoted[1]! };
  const name = take(PATTERNS.name);
  if (name) {
    const word = name[0].toLowerCase();
    if (Object.hasOwn(LITERALS, word)) return { kind: "value", text: name[0], value: LITERALS[word]! };
    return { kind: "name", text: name[0] };
  }
  const operator = take(PATTERNS.operator);
  return operator && { kind: "operator", text: operator[0] };
}

/** `5m` in milliseconds, `2GB` in bytes; a number without unit is as the column holds it. */
function toNumber(text: string, unit: string): number {
  if (unit === "") return Number(text);
  if (/^(ms|s|m|h|d)$/i.test(unit)) return parseDuration("--where", text);
  return parseSize("--where", text);
}
