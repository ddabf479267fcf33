import { BelayError, didYouMean, type ErrorCode, show } from "./error.ts";

/**
 * Refuses unknown options, which plain JavaScript would let pass.
 *
 * @param what - The function, as the error names it.
 * @throws BelayError `study`, or as `code` says.
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

/** A whole number in [low, high]; the error says what `high` is. */
export function wholeNumber(what: string, value: unknown, low: number, high: number, highIs = ""): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= low && value <= high) return value;
  const limit = highIs
    ? ` to ${high} (${highIs})`
    : high < Number.MAX_SAFE_INTEGER
      ? ` to ${high}`
      : " or more";
  throw new BelayError("study", `${what}: expected a whole number, ${low}${limit}, got ${show(value)}`);
}

/** An option that is a whole number from `low` up. @throws BelayError `usage`. */
export function wholeFrom(low: number, what: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= low) return value as number;
  throw wrong(what, `a whole number from ${low} up`, value);
}

/** An option that is a number for which `isRight` holds. @throws BelayError `usage`. */
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
