import { show } from "../../core/error.ts";

/** The return value of `train` or `aggregate`, in one form. */
export type TrainResult =
  | { readonly kind: "values"; readonly values: readonly number[]; readonly constraints: readonly number[] }
  | { readonly kind: "not-finite"; readonly value: string }
  | { readonly kind: "wrong"; readonly message: string };

/** How many numbers are expected. */
export interface DueNumbers {
  readonly directions: number;
  /** The number of constraints of the trial's earlier splits; null or absent: any number. */
  readonly constraints?: number | null;
}

/**
 * Reads what `train` or `aggregate` returned: a number, an array with one per direction, or an object with `values`.
 */
export function readResult(
  returned: unknown,
  { directions, constraints: due = null }: DueNumbers,
  what = "train",
): TrainResult {
  const isRecord =
    returned !== null && typeof returned === "object" && !isList(returned) && "values" in returned;
  const rawValues: unknown = isRecord ? returned.values : returned;
  const rawConstraints: unknown = isRecord && "constraints" in returned ? (returned.constraints ?? []) : [];
  const values = numbers(rawValues);
  const constraints = numbers(rawConstraints);
  const wrong = (message: string): TrainResult => ({
    kind: "wrong",
    message: `${what} returned: ${message}`,
  });
  if (!values || values.length !== directions) {
    const expected = directions === 1 ? "a number" : `an array of ${directions} numbers`;
    return wrong(`expected ${expected}, got ${show(returned)}`);
  }
  if (!constraints) return wrong(`constraints: expected numbers, got ${show(rawConstraints)}`);
  if (due !== null && constraints.length !== due)
    return wrong(`expected ${due} constraints, as in the splits before, got ${constraints.length}`);
  const strange = [...values, ...constraints].find((value) => !Number.isFinite(value));
  if (strange !== undefined) return { kind: "not-finite", value: String(strange) };
  return { kind: "values", values, constraints };
}

function isList(value: object): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** The number, or the entries of the array or typed array, in an array; null if any is not a number, such as a hole. */
function numbers(value: unknown): number[] | null {
  const isMany = value !== null && typeof value === "object" && isList(value);
  const entries: readonly unknown[] = isMany ? Array.from(value) : [value];
  return entries.every((entry): entry is number => typeof entry === "number") ? [...entries] : null;
}
