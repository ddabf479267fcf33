import { show } from "../../core/error.ts";
import type { TrialError } from "../../core/trial.ts";

/** What `train` returned, in one form. */
export type TrainResult =
  | { readonly kind: "values"; readonly values: readonly number[]; readonly constraints: readonly number[] }
  | { readonly kind: "not-finite"; readonly value: string }
  | { readonly kind: "wrong"; readonly message: string };

/**
 * Reads what `train` (or `aggregate`) returned: a number, an array with one per direction, or `{ values, constraints }`.
 */
export function readResult(returned: unknown, directions: number, what = "train"): TrainResult {
  const isRecord =
    returned !== null && typeof returned === "object" && !Array.isArray(returned) && "values" in returned;
  const rawValues: unknown = isRecord ? (returned as { values: unknown }).values : returned;
  const rawConstraints: unknown = isRecord ? ((returned as { constraints?: unknown }).constraints ?? []) : [];
  const values = numbers(rawValues);
  const constraints = numbers(rawConstraints);
  if (!values || values.length !== directions) {
    const expected = directions === 1 ? "a number" : `an array of ${directions} numbers`;
    return { kind: "wrong", message: `${what} returned: expected ${expected}, got ${show(returned)}` };
  }
  if (!constraints)
    return {
      kind: "wrong",
      message: `${what} returned: constraints: expected numbers, got ${show(rawConstraints)}`,
    };
  const strange = [...values, ...constraints].find((value) => !Number.isFinite(value));
  if (strange !== undefined) return { kind: "not-finite", value: String(strange) };
  return { kind: "values", values, constraints };
}

function numbers(value: unknown): number[] | null {
  const list =
    ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Float64Array) : value;
  const array: readonly unknown[] = Array.isArray(list) ? list : [list];
  return array.every((entry) => typeof entry === "number") ? (array as number[]) : null;
}

const MESSAGE_LIMIT = 4_000;
const STACK_LIMIT = 8_000;

/** Whatever was thrown (null, a string, a huge Error, an object whose getters throw) as plain data of a bounded size. */
export function trialErrorOf(thrown: unknown): TrialError {
  try {
    if (thrown instanceof Error || (typeof thrown === "object" && thrown !== null && "message" in thrown)) {
      const { name, message, stack } = thrown as Error;
      return {
        name: clip(String(name ?? "Error"), 200),
        message: clip(String(message), MESSAGE_LIMIT),
        stack: typeof stack === "string" ? clip(stack, STACK_LIMIT) : null,
      };
    }
    return { name: "thrown", message: `threw ${show(thrown)}`, stack: null };
  } catch {
    return { name: "thrown", message: "threw a value that cannot be read", stack: null };
  }
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}... (${text.length - limit} more characters)`;
}
