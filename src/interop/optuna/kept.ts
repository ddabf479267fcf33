import type { Detail } from "../../core/trial.ts";

/**
 * What Belay has no column for in a trial of Optuna. It lies in the detail of the trial, so that an export of the trial gives
 * it back as it was. Texts of attributes are JSON as Optuna wrote it, which may hold NaN.
 */
export interface KeptTrial {
  readonly start: string | null;
  readonly complete: string | null;
  readonly user: Readonly<Record<string, string>>;
  readonly system: Readonly<Record<string, string>>;
  /** The state, where Belay has another one: a running trial, or a complete one with an infinite value. */
  readonly state?: string;
  /** Values that Belay does not record as such, with their types: those of a pruned trial, and infinite ones. */
  readonly values?: readonly (readonly [number | null, string])[];
  /** Distributions that differ from those of the study, by param. */
  readonly distributions?: Readonly<Record<string, string>>;
  /** Params of a trial that had not ended. */
  readonly params?: Readonly<Record<string, number>>;
  /** Steps of a trial that had not ended. */
  readonly steps?: readonly (readonly [number, number | null, string])[];
}

/** What Belay has no column for in a study of Optuna. */
export interface KeptStudy {
  readonly user: Readonly<Record<string, string>>;
  readonly system: Readonly<Record<string, string>>;
}

const KEY = "optuna";

export function withKept(kept: KeptTrial | KeptStudy): Detail {
  return { [KEY]: kept } as unknown as Detail;
}

/** What was kept of a trial of Optuna; null: it is none. */
export function keptTrial(detail: Detail | null): KeptTrial | null {
  return (detail?.[KEY] as unknown as KeptTrial | undefined) ?? null;
}

/** What was kept of a study of Optuna; null: it is none. */
export function keptStudy(detail: Detail | null): KeptStudy | null {
  return (detail?.[KEY] as unknown as KeptStudy | undefined) ?? null;
}
