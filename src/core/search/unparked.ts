import type { Detail } from "../trial.ts";

/** Records that a parked trial was taken up again: one that its pruner had stopped with an estimate. It stays in the detail of the trial's row. */
export interface Unparked {
  /** The round, counted from 1. Trials that are taken up together have the same round. */
  readonly round: number;
  /** How many splits the trial had when it was taken up. */
  readonly splits: number;
  /** Its estimate when it was stopped. */
  readonly estimate: number;
  /** Its place in the order in which trials ended, which it gets back when it ends again. */
  readonly told: number;
}

/** Reads this record from the detail of a row; null if the trial was never taken up again. */
export function unparkedOf(detail: Detail | null): Unparked | null {
  return (detail?.unparked as unknown as Unparked | undefined) ?? null;
}

/** A detail with this record added; the detail itself if there is no record. */
export function withUnparked(detail: Detail | null, unparked: Unparked | null): Detail | null {
  return unparked === null ? detail : { ...detail, unparked: { ...unparked } };
}
