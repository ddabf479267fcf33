import { BelayError, show } from "../core/error.ts";

/** Reads what was typed: each function takes one value of `argv`, and says what is expected of it. */

/** A whole number of at least 0. @throws BelayError `usage`. */
export function whole(option: string, value: unknown): number {
  return wholeFrom(0, "a whole number of at least 0", option, value);
}

/** A number of trials. @throws BelayError `usage`. */
export function count(option: string, value: unknown): number {
  return wholeFrom(1, "a whole number of at least 1", option, value);
}

/** The number of a trial. @throws BelayError `usage`. */
export function trialNumber(value: unknown): number {
  return wholeFrom(0, "a trial's number", "number", value);
}

/** A text that may be absent. */
export function optionalText(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Reads a value that may be absent. */
export function optional<T>(
  read: (option: string, value: unknown) => T,
  option: string,
  value: unknown,
): T | undefined {
  return value === undefined ? undefined : read(option, value);
}

/** The command that was typed, for advice that repeats it. */
export function typedWords(): string[] {
  return process.argv.slice(2);
}

function wholeFrom(low: number, expected: string, option: string, value: unknown): number {
  const read = String(value).trim() === "" ? Number.NaN : Number(value);
  if (Number.isSafeInteger(read) && read >= low) return read;
  throw new BelayError("usage", `${option}: expected ${expected}, got ${show(value)}`);
}
