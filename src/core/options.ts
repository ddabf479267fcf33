import { BelayError, didYouMean, type ErrorCode, show } from "./error.ts";

/**
 * Refuses unknown options: in plain JavaScript no compiler does.
 *
 * @param what - Whose options they are, as the error names it.
 * @throws BelayError `code`.
 */
export function checkOptions(
  what: string,
  options: unknown,
  known: readonly string[],
  code: ErrorCode = "study",
): void {
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    const expected = known.length === 0 ? "no options" : `options such as { ${known[0]}: ... }`;
    throw new BelayError(code, `${what}: expected ${expected}, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const expected = known.length === 0 ? "no options" : `the options ${known.join(", ")}`;
    throw new BelayError(
      code,
      `${what}: expected ${expected}, got ${show(key)}${didYouMean(key, known, show)}`,
    );
  }
}

/** The value, if it is a whole number in [low, high]. @throws BelayError `study`, which says what `high` is. */
export function wholeNumber(what: string, value: unknown, low: number, high: number, highIs = ""): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= low && value <= high) return value;
  const limit = highIs
    ? ` to ${high} (${highIs})`
    : high < Number.MAX_SAFE_INTEGER
      ? ` to ${high}`
      : " or more";
  throw new BelayError("study", `${what}: expected a whole number, ${low}${limit}, got ${show(value)}`);
}

/** The value, if it is a whole number from `low` up. @throws BelayError `usage`. */
export function wholeFrom(low: number, what: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= low) return value as number;
  throw wrong(what, `a whole number from ${low} up`, value);
}

/** The value, if it is a number for which `isRight` holds. @throws BelayError `usage`. */
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
