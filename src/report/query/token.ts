import { BelayError, show } from "../../core/error.ts";

/** A token of a `--where` expression. */
export type Token =
  | { readonly kind: "name"; readonly text: string }
  /** A name in backquotes, which is never a keyword. */
  | { readonly kind: "quoted-name"; readonly text: string }
  | { readonly kind: "text"; readonly text: string; readonly value: string }
  /**
   * A token that begins like a number: `5`, `5m`, `2GB`, or a word such as `3d`. The other side decides what it means.
   */
  | { readonly kind: "number"; readonly text: string }
  /** `null`, `true` or `false`. */
  | { readonly kind: "literal"; readonly text: string; readonly value: boolean | null }
  | { readonly kind: "operator"; readonly text: string }
  | { readonly kind: "end"; readonly text: "the end" };

const PATTERNS = {
  space: /\s+/y,
  number:
    /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?:[\p{L}_$][\p{L}\p{N}_$]*(?:[.-][\p{L}\p{N}_$]+)*)?/uy,
  string: /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y,
  quoted: /`([^`]+)`/y,
  name: /[\p{L}_$][\p{L}\p{N}_$]*(?:[.-][\p{L}\p{N}_$]+)*/uy,
  operator: /==|!=|<>|<=|>=|[=<>(),]/y,
};

const LITERALS: Readonly<Record<string, boolean | null>> = { null: null, true: true, false: false };

/** Splits an expression into tokens; the last one has the kind `end`. */
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
  if (number) return { kind: "number", text: number[0] };
  const string = take(PATTERNS.string);
  if (string) {
    const value = (string[1] ?? string[2] ?? "").replace(/\\(.)/g, "$1");
    return { kind: "text", text: string[0], value };
  }
  const quoted = take(PATTERNS.quoted);
  if (quoted) return { kind: "quoted-name", text: quoted[1]! };
  const name = take(PATTERNS.name);
  if (name) {
    const word = name[0].toLowerCase();
    if (Object.hasOwn(LITERALS, word)) return { kind: "literal", text: name[0], value: LITERALS[word]! };
    return { kind: "name", text: name[0] };
  }
  const operator = take(PATTERNS.operator);
  return operator && { kind: "operator", text: operator[0] };
}
