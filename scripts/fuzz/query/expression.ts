// Random expressions of `--where`, as trees whose meaning is known before they are written down.
import type { Random } from "../mutations.ts";
import type { Cell, Column, Row } from "./columns.ts";

/** A side of a comparison: a column under one of its names, or a value as it is typed. */
export type Side =
  | { readonly column: Column; readonly name: string }
  | { readonly value: Cell; readonly typed: string };

export const OPERATORS = ["=", "==", "!=", "<>", "<", "<=", ">", ">=", "is", "is not"] as const;

export type Tree =
  | { readonly kind: "and" | "or"; readonly parts: readonly Tree[] }
  | { readonly kind: "not"; readonly inner: Tree }
  | { readonly kind: "in"; readonly left: Side; readonly options: readonly Side[] }
  | {
      readonly kind: "compare";
      readonly operator: (typeof OPERATORS)[number];
      readonly left: Side;
      readonly right: Side;
    };

/** What expressions are drawn from. */
export interface Source {
  readonly columns: readonly Column[];
  /** Trials, whose values are compared with most often. */
  readonly rows: readonly Row[];
  readonly random: Random;
}

const pick = <T>({ random }: Source, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;

/** A random expression. */
export function drawTree(source: Source, depth = 0): Tree {
  const dice = source.random();
  if (depth < 5 && dice < 0.4 - depth * 0.05) {
    const parts = Array.from({ length: 2 + Math.floor(source.random() * 3) }, () =>
      drawTree(source, depth + 1),
    );
    return { kind: dice < 0.2 ? "and" : "or", parts };
  }
  if (depth < 8 && dice < 0.5) return { kind: "not", inner: drawTree(source, depth + 1) };
  return dice < 0.65 ? drawIn(source) : drawComparison(source);
}

function drawComparison(source: Source): Tree {
  const operator = pick(source, OPERATORS);
  if (source.random() < 0.05) {
    const [left, right] = pick(source, [
      [drawNumber(source, pick(source, [0, 1, 2.5])), drawNumber(source, pick(source, [0, 1, 3]))],
      [quoted(source, pick(source, ["a", "b"])), quoted(source, pick(source, ["a", "B"]))],
      [literal(source, "null", null), drawNumber(source, 1)],
      [literal(source, "true", 1), drawNumber(source, 1)],
      [{ value: 300_000, typed: "5m" }, drawNumber(source, 300_000)],
    ]) as [Side, Side];
    return { kind: "compare", operator, left, right };
  }
  const column = pick(source, source.columns);
  const left = named(source, column);
  const right = source.random() < 0.2 ? otherColumn(source, column) : drawValue(source, column);
  return source.random() < 0.2
    ? { kind: "compare", operator, left: right, right: left }
    : { kind: "compare", operator, left, right };
}

function drawIn(source: Source): Tree {
  const column = pick(source, source.columns);
  const count = 1 + Math.floor(source.random() ** 3 * 8);
  const options = Array.from({ length: count }, () =>
    source.random() < 0.1 ? otherColumn(source, column) : drawValue(source, column),
  );
  return { kind: "in", left: named(source, column), options };
}

function named(source: Source, column: Column): Side {
  return { column, name: pick(source, column.names) };
}

/** A column that can be compared with another one: of the same kind, or of numbers with and without a unit. */
function otherColumn(source: Source, { kind }: Column): Side {
  const amounts = ["number", "duration", "bytes"];
  const fits = (other: Column): boolean =>
    other.kind === kind ||
    kind === "any" ||
    other.kind === "any" ||
    (kind === "number" && amounts.includes(other.kind)) ||
    (other.kind === "number" && amounts.includes(kind));
  return named(source, pick(source, source.columns.filter(fits)));
}

/** A value that a column can be compared with; half of them are those of a trial. */
function drawValue(source: Source, column: Column): Side {
  if (source.random() < 0.1) return literal(source, "null", null);
  const own = column.cell(pick(source, source.rows));
  const { kind, words } = column;
  const one = kind === "any" ? (typeof own === "string" || source.random() < 0.3 ? "text" : "number") : kind;
  if (one === "text") {
    const text =
      typeof own === "string" && source.random() < 0.7 ? own : pick(source, [...words, "a", "sgd", "~"]);
    return drawText(source, column, text);
  }
  const value = typeof own === "number" && source.random() < 0.6 ? own : strange(source);
  if (one === "time") return drawTime(source, value);
  if (one === "truth") {
    const truth = source.random() < 0.5 ? 1 : 0;
    return source.random() < 0.8
      ? literal(source, truth ? "true" : "false", truth)
      : { value: truth, typed: `${truth}` };
  }
  if (one === "duration" && source.random() < 0.7)
    return withUnit(source, value, { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 });
  if (one === "bytes" && source.random() < 0.7)
    return withUnit(source, value, { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, MiB: 2 ** 20, GiB: 2 ** 30 });
  return drawNumber(source, value);
}

function strange(source: Source): number {
  const { random } = source;
  return pick(source, [
    ...[
      0,
      -0,
      1,
      -1,
      0.5,
      2,
      16,
      1000,
      5e-324,
      1e308,
      -1e308,
      2 ** 53,
      2 ** 53 - 1,
      -(2 ** 63),
      2 ** 63,
      1e-300,
    ],
    ...[random(), random() * 100, Math.floor(random() * 70), (random() - 0.5) * 1e10],
  ]);
}

function drawNumber(source: Source, value: number): Side {
  const plain = String(value);
  const typed = pick(source, [
    plain,
    plain,
    value.toExponential(),
    value.toExponential().toUpperCase(),
    value >= 0 ? `+${plain}` : plain,
    plain.replace(/^0\./, "."),
    /^-?\d+$/.test(plain) ? `${plain}.` : plain,
    /^\d+$/.test(plain) ? `00${plain}` : plain,
  ]);
  return { value: Number(typed), typed };
}

function withUnit(source: Source, value: number, units: Readonly<Record<string, number>>): Side {
  const [unit, factor] = pick(source, Object.entries(units));
  const amount = String(value / factor);
  const typed = `${amount}${pick(source, [unit, unit.toLowerCase(), unit.toUpperCase()])}`;
  return { value: Number(amount) * factor, typed };
}

function drawTime(source: Source, value: number): Side {
  const at = Math.abs(value) < 8e15 ? Math.trunc(value) : 0;
  const iso = new Date(at).toISOString();
  const typed = pick(source, [
    iso,
    iso.slice(0, 10),
    iso.slice(0, 7),
    "2026-01-02",
    "2026-01-03T04:05:06+02:00",
  ]);
  return { ...quoted(source, typed), value: Date.parse(typed) };
}

const isWord = (text: string): boolean => /^[\p{L}_$][\p{L}\p{N}_$]*(?:[.-][\p{L}\p{N}_$]+)*$/u.test(text);
const KEYWORDS = ["and", "or", "not", "in", "is", "null", "true", "false"];

/** A text: in quotes, or without them beside a column that has it as a word. */
function drawText(source: Source, { kind, words }: Column, text: string): Side {
  const isBare =
    words.includes(text) &&
    (isWord(text) || (kind === "text" && /^\d[\w-]*$/.test(text))) &&
    (!KEYWORDS.includes(text) || text === "true");
  return isBare && source.random() < 0.6 ? { value: text, typed: text } : quoted(source, text);
}

function quoted(source: Source, text: string): Side & { readonly typed: string } {
  const quote = pick(source, ['"', "'"]);
  const escaped = [...text]
    .map((letter) =>
      letter === quote || letter === "\\" || (letter !== "\n" && source.random() < 0.05)
        ? `\\${letter}`
        : letter,
    )
    .join("");
  return { value: text, typed: `${quote}${escaped}${quote}` };
}

function literal(source: Source, word: string, value: Cell): Side {
  return { value, typed: pick(source, [word, word.toUpperCase(), word[0]!.toUpperCase() + word.slice(1)]) };
}

/** Writes an expression down, with brackets, spaces and upper case where they make no difference. */
export function writeTree(source: Source, tree: Tree): string {
  const tokens: string[] = [];
  const word = (text: string): string =>
    pick(source, [text, text, text.toUpperCase(), text[0]!.toUpperCase() + text.slice(1)]);
  const isAmbiguous = (name: string): boolean => source.columns.some(({ words }) => words.includes(name));
  const side = (one: Side): void => {
    if (!("column" in one)) return void tokens.push(one.typed);
    const isPlain = isWord(one.name) && !KEYWORDS.includes(one.name.toLowerCase()) && !isAmbiguous(one.name);
    tokens.push(isPlain && source.random() < 0.9 ? one.name : `\`${one.name}\``);
  };
  /** @param binding - How tightly what stands around binds: 0 nothing, 1 or, 2 and, 3 not. */
  const write = (part: Tree, binding: number): void => {
    const own = part.kind === "or" ? 1 : part.kind === "and" ? 2 : 3;
    const inBrackets = own <= binding && own < 3 ? true : source.random() < 0.15;
    if (inBrackets) tokens.push("(");
    if (part.kind === "and" || part.kind === "or")
      part.parts.forEach((each, i) => {
        if (i > 0) tokens.push(word(part.kind));
        write(each, own);
      });
    else if (part.kind === "compare") {
      side(part.left);
      tokens.push(...part.operator.split(" ").map((each) => (isWord(each) ? word(each) : each)));
      side(part.right);
    } else if (part.kind === "in") writeIn(part, false);
    else if (part.kind === "not" && part.inner.kind === "in" && source.random() < 0.5)
      writeIn(part.inner, true);
    else if (part.kind === "not") {
      tokens.push(word("not"));
      write(part.inner, 3);
    }
    if (inBrackets) tokens.push(")");
  };
  const writeIn = ({ left, options }: Extract<Tree, { kind: "in" }>, isNegated: boolean): void => {
    side(left);
    tokens.push(...(isNegated ? [word("not")] : []), word("in"), "(");
    options.forEach((option, i) => {
      if (i > 0) tokens.push(",");
      side(option);
    });
    tokens.push(")");
  };
  write(tree, 0);
  return joined(source, tokens);
}

/** Joins tokens, with a space where two would become one. */
function joined(source: Source, tokens: readonly string[]): string {
  let text = "";
  for (const token of tokens) {
    const isNeeded = /[\p{L}\p{N}_$.]$/u.test(text) && /^[\p{L}\p{N}_$.+-]/u.test(token);
    text +=
      (isNeeded || source.random() < 0.7 ? pick(source, [" ", " ", " ", "  ", "\t", "\n "]) : "") + token;
  }
  return text;
}
