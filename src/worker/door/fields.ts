import { show } from "../../core/error.ts";

/**
 * Readers of plain data that a stranger has sent. Each gives back the value, in a fresh object that has nothing else in
 * it, or throws `Unfit`.
 */
export type Reader<T> = (value: unknown) => T;

/** What came does not fit; caught at the door. */
export class Unfit extends Error {
  override readonly name = "Unfit";
  /** Where in the message, from the outside in; put together on the way out. */
  place = "";
}

/** Refuses a value. */
export function unfit(expected: string, value: unknown): never {
  throw new Unfit(`expected ${expected}, got ${show(value)}`);
}

/** Reads what lies at a place of something larger, and says so when it does not fit. */
function at<T>(place: string, read: Reader<T>, value: unknown): T {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof Unfit) error.place = `${place}${error.place}`;
    throw error;
  }
}

/** The fields of an object, whatever they are. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return unfit("an object", value);
  return value as Record<string, unknown>;
}

/** Reads one field of an object. */
export function field<T>(value: unknown, key: string, read: Reader<T>): T {
  return at(`.${key}`, read, fields(value)[key]);
}

/** A finite number. */
export const finite: Reader<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : unfit("a finite number", value);

/** A measured amount: a number from 0 up to what a whole number of the database can be. */
export const amount: Reader<number> = (value) =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER
    ? value
    : unfit("an amount, 0 or more", value);

/** A whole number from 0 up to, without, `end`. */
export function whole(end = Number.MAX_SAFE_INTEGER): Reader<number> {
  const expected = `a whole number, 0 or more${end < Number.MAX_SAFE_INTEGER ? ` and below ${end}` : ""}`;
  return (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < end
      ? value
      : unfit(expected, value);
}

/** Any number: those that JSON does not have may come as text. */
export const anyNumber: Reader<number> = (value) => {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  return unfit("a number", value);
};

/** Text, cut to `limit` characters. */
export function text(limit: number): Reader<string> {
  return (value) => (typeof value === "string" ? value.slice(0, limit) : unfit("text", value));
}

/** One of some words. */
export function word<const Words extends readonly string[]>(words: Words): Reader<Words[number]> {
  return (value) => words.find((each) => each === value) ?? unfit(words.map(show).join(" or "), value);
}

export const flag: Reader<boolean> = (value) =>
  typeof value === "boolean" ? value : unfit("true or false", value);

/** Null, or what `read` takes. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value) => (value === null ? null : read(value));
}

/** An array with entries that `read` takes, `count` of them where that is given, never more than a million. */
export function list<T>(read: (value: unknown, i: number) => T, count: number | null = null): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return unfit("an array", value);
    const { length } = value as readonly unknown[];
    if (count !== null ? length !== count : length > 1e6)
      return unfit(count === null ? "at most a million entries" : `${count} entries`, value);
    const entries: T[] = [];
    for (let i = 0; i < length; i++) entries.push(at(`[${i}]`, (each) => read(each, i), value[i]));
    return entries;
  };
}

/** An object with exactly these fields; others are left out. */
export function record<Shape extends Readonly<Record<string, Reader<unknown>>>>(
  shape: Shape,
): Reader<{ readonly [Key in keyof Shape]: ReturnType<Shape[Key]> }> {
  const keys = Object.keys(shape);
  const readers = Object.values(shape);
  return (value) => {
    const own = fields(value);
    const read: Record<string, unknown> = {};
    let i = 0;
    try {
      for (; i < keys.length; i++) read[keys[i]!] = readers[i]!(own[keys[i]!]);
    } catch (error) {
      if (error instanceof Unfit) error.place = `.${keys[i]}${error.place}`;
      throw error;
    }
    return read as { [Key in keyof Shape]: ReturnType<Shape[Key]> };
  };
}

/** Fields of which each may be missing; others are refused. */
export function partial<T>(shape: Readonly<Record<string, Reader<T>>>): Reader<Readonly<Record<string, T>>> {
  return (value) => {
    const read: Record<string, T> = {};
    for (const key of Object.keys(fields(value))) {
      const reader = Object.hasOwn(shape, key) ? shape[key] : undefined;
      read[key] = reader ? field(value, key, reader) : unfit("known fields", key);
    }
    return read;
  };
}
