import { show } from "../../core/error.ts";

/**
 * Readers of plain data that a stranger has sent. Each takes a value and its place in the message, and gives back the
 * value, in a fresh object that has nothing else in it, or throws `Unfit`.
 */
export type Reader<T> = (value: unknown, at: string) => T;

/** What came does not fit; caught at the door. */
export class Unfit extends Error {
  override readonly name = "Unfit";
}

/** Refuses a value. */
export function unfit(at: string, expected: string, value: unknown): never {
  throw new Unfit(`${at}: expected ${expected}, got ${show(value)}`);
}

/** The fields of an object, whatever they are. */
export function fields(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return unfit(at, "an object", value);
  return value as Record<string, unknown>;
}

/** A finite number, at least `low`. */
export function number(low = Number.NEGATIVE_INFINITY): Reader<number> {
  return (value, at) =>
    typeof value === "number" && Number.isFinite(value) && value >= low
      ? value
      : unfit(at, low === Number.NEGATIVE_INFINITY ? "a finite number" : `a number, ${low} or more`, value);
}

/** A whole number from 0 up to, without, `end`. */
export function whole(end = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value, at) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < end
      ? value
      : unfit(
          at,
          `a whole number, 0 or more${end < Number.MAX_SAFE_INTEGER ? ` and below ${end}` : ""}`,
          value,
        );
}

/** Any number: those that JSON does not have may come as text. */
export const anyNumber: Reader<number> = (value, at) => {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  return unfit(at, "a number", value);
};

/** Text, cut to `limit` characters. */
export function text(limit: number): Reader<string> {
  return (value, at) => (typeof value === "string" ? value.slice(0, limit) : unfit(at, "text", value));
}

/** One of some words. */
export function word<const Words extends readonly string[]>(words: Words): Reader<Words[number]> {
  return (value, at) =>
    words.find((each) => each === value) ?? unfit(at, words.map(show).join(" or "), value);
}

export const flag: Reader<boolean> = (value, at) =>
  typeof value === "boolean" ? value : unfit(at, "true or false", value);

/** Null, or what `read` takes. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, at) => (value === null ? null : read(value, at));
}

/** An array with entries that `read` takes, `count` of them where that is given, never more than a million. */
export function list<T>(read: Reader<T>, count: number | null = null): Reader<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) return unfit(at, "an array", value);
    const { length } = value as readonly unknown[];
    if (count !== null ? length !== count : length > 1e6)
      return unfit(at, count === null ? "at most a million entries" : `${count} entries`, value);
    return Array.from(value as readonly unknown[], (each, i) => read(each, `${at}[${i}]`));
  };
}

/** An object with exactly these fields; others are left out. */
export function record<Shape extends Readonly<Record<string, Reader<unknown>>>>(
  shape: Shape,
): Reader<{ readonly [Key in keyof Shape]: ReturnType<Shape[Key]> }> {
  const readers = Object.entries(shape);
  return (value, at) => {
    const own = fields(value, at);
    const read = readers.map(([key, each]) => [key, each(own[key], `${at}.${key}`)] as const);
    return Object.fromEntries(read) as { [Key in keyof Shape]: ReturnType<Shape[Key]> };
  };
}

/** Fields of which each may be missing; others are refused. */
export function partial<T>(shape: Readonly<Record<string, Reader<T>>>): Reader<Readonly<Record<string, T>>> {
  return (value, at) => {
    const read = Object.entries(fields(value, at)).map(([key, each]) => {
      const reader = Object.hasOwn(shape, key) ? shape[key] : undefined;
      return [key, reader ? reader(each, `${at}.${key}`) : unfit(at, "no such field", key)] as const;
    });
    return Object.fromEntries(read);
  };
}
