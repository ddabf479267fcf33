import { BelayError, show } from "../core/error.ts";

/** A whole number from `low` up. */
export function wholeFrom(low: number, what: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= low) return value as number;
  throw wrong(what, `a whole number from ${low} up`, value);
}

/** A number for which `isRight` holds. */
export function numberThat(
  isRight: (value: number) => boolean,
  expected: string,
  what: string,
  value: unknown,
): number {
  if (typeof value === "number" && isRight(value)) return value;
  throw wrong(what, expected, value);
}

function wrong(what: string, expected: string, value: unknown): BelayError {
  return new BelayError("usage", `${what}: expected ${expected}, got ${show(value)}`);
}

/** JSON has no NaN and no infinities. */
export function toJson(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
