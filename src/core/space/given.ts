import { BelayError, show } from "../error.ts";
import { isActive, type Space, toRow } from "./space.ts";

/** Values of some or all params of a space, by name, that a person gives. */
export type GivenParams = Readonly<Record<string, unknown>>;

/**
 * The row of params of which some may be left open; these are NaN.
 *
 * @param what - Where the params come from, as the error names it.
 * @param inactive - Whether a param that is inactive beside the others is refused, or left out.
 * @throws BelayError `usage`, one line: no params at all, an unknown name, a value that the param cannot take, or a param
 * that is inactive.
 */
export function openRow(
  what: string,
  space: Space,
  params: unknown,
  inactive: "refuse" | "drop" = "refuse",
): Float64Array {
  // A Map or a Promise has no keys: it would pass for params that are all left open.
  if (Object.prototype.toString.call(params) !== "[object Object]") {
    const example = `{ ${space.params[0]!.name}: ... }`;
    throw new BelayError("usage", `${what}: expected params such as ${example}, got ${show(params)}`);
  }
  const given = params as GivenParams;
  const row = within(what, () => toRow(space, given));
  const ruledOut = new Set<number>();
  space.params.forEach(({ name, when }, i) => {
    // A parent that is left open is chosen later: it rules its child out only if it is ruled out itself.
    const isRuledOut = when.some(
      ({ parent, values }) =>
        ruledOut.has(parent) || (!Number.isNaN(row[parent]!) && !values.includes(row[parent]!)),
    );
    if (!isRuledOut) return;
    ruledOut.add(i);
    if (!Number.isNaN(row[i]!) && inactive === "refuse") {
      const expected = "no value, since it is inactive here";
      throw new BelayError("usage", `${what}: param ${name}: expected ${expected}, got ${show(given[name])}`);
    }
    row[i] = Number.NaN;
  });
  return row;
}

/**
 * The row of params of which none may be left open.
 *
 * @throws BelayError `usage`, one line: as `openRow`, or an active param without a value.
 */
export function wholeRow(what: string, space: Space, params: unknown): Float64Array {
  const row = openRow(what, space, params);
  space.params.forEach(({ name }, i) => {
    if (Number.isNaN(row[i]!) && isActive(space, row, i))
      throw new BelayError("usage", `${what}: param ${name}: expected a value, got none`);
  });
  return row;
}

/** Prefixes an error with what it is about. */
function within<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    throw new BelayError(error.code, `${what}: ${error.message}`, { cause: error });
  }
}
