import { show } from "../../core/error.ts";

/**
 * A function that reads untrusted plain data: it returns the value, copied into new objects without other fields, or
 * throws `ValidationError`.
 */
export type FieldReader<T> = (value: unknown) => T;

/** A value that is not valid. It is caught in `message.ts` and never leaves this folder. */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
  /** The path of the value in the message, such as `.result.values[1]`; each caller prepends its part. */
  place = "";
}

/** Throws the error for a value that is not valid. */
export function reject(expected: string, value: unknown): never {
  throw new ValidationError(`expected ${expected}, got ${show(value)}`);
}

/** Reads a value that is part of a larger one, and adds its place to the path of an error. */
function at<T>(place: string, read: FieldReader<T>, value: unknown): T {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof ValidationError) error.place = `${place}${error.place}`;
    throw error;
  }
}

/** Reads an object with any fields. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return reject("an object", value);
  return value as Record<string, unknown>;
}

/** Reads one field of an object. */
export function field<T>(value: unknown, key: string, read: FieldReader<T>): T {
  return at(`.${key}`, read, fields(value)[key]);
}

/** Reads a finite number. */
export const finite: FieldReader<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : reject("a finite number", value);

/**
 * Reads a measured amount: a number from 0 to the largest safe integer, so that the database can store it as an
 * integer.
 */
export const amount: FieldReader<number> = (value) =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER
    ? value
    : reject("an amount, 0 or more", value);

/** Reads an integer from 0 to `end` - 1. */
export function whole(end = Number.MAX_SAFE_INTEGER): FieldReader<number> {
  const expected = `a whole number, 0 or more${end < Number.MAX_SAFE_INTEGER ? ` and below ${end}` : ""}`;
  return (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < end
      ? value
      : reject(expected, value);
}

/** Reads any number. NaN and infinities, which JSON lacks, may come as text. */
export const anyNumber: FieldReader<number> = (value) => {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  return reject("a number", value);
};

/** Reads text, and cuts it to `limit` characters. */
export function text(limit: number): FieldReader<string> {
  return (value) => (typeof value === "string" ? value.slice(0, limit) : reject("text", value));
}

/** Reads one of the given strings. */
export function oneOf<const Words extends readonly string[]>(words: Words): FieldReader<Words[number]> {
  return (value) => words.find((each) => each === value) ?? reject(words.map(show).join(" or "), value);
}

/** Reads true or false. */
export const flag: FieldReader<boolean> = (value) =>
  typeof value === "boolean" ? value : reject("true or false", value);

/** Reads null, or a value by `read`. */
export function nullable<T>(read: FieldReader<T>): FieldReader<T | null> {
  return (value) => (value === null ? null : read(value));
}

/** Reads an array whose entries are read by `read`: exactly `count` of them or, without a count, at most a million. */
export function list<T>(
  read: (value: unknown, i: number) => T,
  count: number | null = null,
): FieldReader<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return reject("an array", value);
    const { length } = value as readonly unknown[];
    if (count !== null ? length !== count : length > 1e6)
      return reject(count === null ? "at most a million entries" : `${count} entries`, value);
    const entries: T[] = [];
    for (let i = 0; i < length; i++) entries.push(at(`[${i}]`, (each) => read(each, i), value[i]));
    return entries;
  };
}

/** Reads an object with any keys; both these and its values are read. */
export function map<T>(readKey: FieldReader<string>, read: FieldReader<T>): FieldReader<Record<string, T>> {
  return (value) =>
    Object.fromEntries(
      Object.entries(fields(value)).map(([key, each]) => [readKey(key), at(`.${key}`, read, each)]),
    );
}

/** Reads an object with these fields; others are dropped. */
export function record<Shape extends Readonly<Record<string, FieldReader<unknown>>>>(
  shape: Shape,
): FieldReader<{ readonly [Key in keyof Shape]: ReturnType<Shape[Key]> }> {
  const keys = Object.keys(shape);
  const readers = Object.values(shape);
  return (value) => {
    const own = fields(value);
    const read: Record<string, unknown> = {};
    let i = 0;
    try {
      for (; i < keys.length; i++) read[keys[i]!] = readers[i]!(own[keys[i]!]);
    } catch (error) {
      if (error instanceof ValidationError) error.place = `.${keys[i]}${error.place}`;
      throw error;
    }
    return read as { [Key in keyof Shape]: ReturnType<Shape[Key]> };
  };
}

/** Reads an object in which each of these fields may be missing; others are refused. */
export function partial<T>(
  shape: Readonly<Record<string, FieldReader<T>>>,
): FieldReader<Readonly<Record<string, T>>> {
  return (value) => {
    const read: Record<string, T> = {};
    for (const key of Object.keys(fields(value))) {
      const reader = Object.hasOwn(shape, key) ? shape[key] : undefined;
      read[key] = reader ? field(value, key, reader) : reject("known fields", key);
    }
    return read;
  };
}
