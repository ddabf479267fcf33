import { BelayError, show } from "../error.ts";

/**
 * A value that a categorical param can take.
 *
 * @example
 * categorical(["adam", "sgd", null])
 */
export type Choice = string | number | boolean | null;

/** A real number in [low, high]; with `step` one of low, low + step, ...; with `log` its logarithm is uniform. */
export interface FloatDistribution {
  readonly kind: "float";
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly step: number | null;
}

/** A whole number in [low, high], one of low, low + step, ... */
export interface IntDistribution {
  readonly kind: "int";
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly step: number;
}

/** One of `choices`, without order. */
export interface CategoricalDistribution {
  readonly kind: "categorical";
  readonly choices: readonly Choice[];
}

/** Where a param's values come from. Plain data: it survives JSON and `structuredClone`. */
export type Distribution = FloatDistribution | IntDistribution | CategoricalDistribution;

/** Checks that a distribution can be sampled. @throws BelayError `study`, which names the param and the fault. */
export function checkDistribution(name: string, distribution: Distribution): void {
  const fault =
    distribution.kind === "categorical" ? choicesFault(distribution.choices) : rangeFault(distribution);
  if (fault) throw new BelayError("study", `space.${name}: ${fault}`);
}

function choicesFault(choices: readonly Choice[]): string | null {
  if (!Array.isArray(choices) || choices.length === 0) {
    return `choices: expected a non-empty array, got ${show(choices)}`;
  }
  for (const choice of choices) {
    const ok = choice === null || ["string", "boolean"].includes(typeof choice) || Number.isFinite(choice);
    if (!ok) return `choices: expected strings, finite numbers, booleans or null, got ${show(choice)}`;
  }
  const repeated = choices.find((choice, i) => choices.indexOf(choice) !== i);
  return repeated === undefined ? null : `choices: expected different values, got ${show(repeated)} twice`;
}

function rangeFault(range: FloatDistribution | IntDistribution): string | null {
  const { kind, low, high, log, step } = range;
  for (const [field, value] of [
    ["low", low],
    ["high", high],
  ] as const) {
    if (!Number.isFinite(value)) return `${field}: expected a finite number, got ${show(value)}`;
    if (kind === "int" && !Number.isSafeInteger(value))
      return `${field}: expected a whole number, got ${value}`;
  }
  if (low > high) return `expected low <= high, got low ${low} and high ${high}`;
  if (typeof log !== "boolean") return `log: expected true or false, got ${show(log)}`;
  if (log && low <= 0) return `log: expected low > 0, got low ${low}`;
  const stepped = step !== null && !(kind === "int" && step === 1);
  if (!stepped) return null;
  if (!Number.isFinite(step) || step <= 0) return `step: expected a number above 0, got ${show(step)}`;
  if (kind === "int" && !Number.isSafeInteger(step)) return `step: expected a whole number, got ${step}`;
  if (log) return `expected either log or step, got both (log with step ${step})`;
  const count = (high - low) / step;
  if (Math.abs(count - Math.round(count)) > 1e-8 * Math.max(1, count)) {
    return `step: expected one that divides high - low = ${high - low}, got ${step}`;
  }
  return null;
}

/** Number of different values; Infinity for a float without step. */
export function cardinality(distribution: Distribution): number {
  if (distribution.kind === "categorical") return distribution.choices.length;
  const { low, high, step } = distribution;
  if (low === high) return 1;
  return step === null ? Number.POSITIVE_INFINITY : Math.round((high - low) / step) + 1;
}

/** The allowed number nearest to `value`: clipped to [low, high] and rounded to a step. */
export function snap(distribution: FloatDistribution | IntDistribution, value: number): number {
  const { kind, low, high, step } = distribution;
  const clipped = Math.min(high, Math.max(low, value));
  if (step === null) return clipped;
  const snapped = low + Math.round((clipped - low) / step) * step;
  // 0.1 + 2 * 0.1 is 0.30000000000000004, and people expect the decimal that they wrote.
  return kind === "int" ? Math.round(snapped) : Math.min(high, Number(snapped.toPrecision(12)));
}

/** The number that stands for a value in a row: itself, or the index of a categorical's choice. NaN if not allowed. */
export function encode(distribution: Distribution, choice: unknown): number {
  if (distribution.kind === "categorical") {
    const index = distribution.choices.indexOf(choice as Choice);
    return index < 0 ? Number.NaN : index;
  }
  if (typeof choice !== "number" || !Number.isFinite(choice)) return Number.NaN;
  if (choice < distribution.low || choice > distribution.high) return Number.NaN;
  const snapped = snap(distribution, choice);
  return Math.abs(snapped - choice) <= 1e-9 * Math.max(1, Math.abs(choice)) ? snapped : Number.NaN;
}

/** The value for which a number in a row stands; the inverse of `encode`. */
export function decode(distribution: Distribution, value: number): Choice {
  return distribution.kind === "categorical" ? distribution.choices[value]! : value;
}

/** A distribution as text for people: `0.0001..0.1 (log)`, `4..32 step 4`, `adam | sgd`. */
export function describe(distribution: Distribution): string {
  if (distribution.kind === "categorical") return distribution.choices.map(String).join(" | ");
  const { low, high, log, step, kind } = distribution;
  const stepped = step !== null && !(kind === "int" && step === 1);
  return `${low}..${high}${log ? " (log)" : ""}${stepped ? ` step ${step}` : ""}`;
}
