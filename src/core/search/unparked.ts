import type { Detail } from "../trial.ts";

/** A trial that its race had stopped was taken up again; the detail of its row says so from then on. */
export interface Unparked {
  /** Trials that are taken up together are of one round; rounds count from 1. */
  readonly round: number;
  /** How many splits it had then. */
  readonly splits: number;
  /** What it was expected to come to then. */
  readonly estimate: number;
  /** Its place in the order in which trials ended, which it gets back when it ends again. */
  readonly told: number;
}

/** What the detail of a row says of that; null for a trial that was never taken up again. */
export function unparkedOf(detail: Detail | null): Unparked | null {
  return (detail?.unparked as unknown as Unparked | undefined) ?? null;
}

/** A detail that goes on saying it. */
export function withUnparked(detail: Detail | null, unparked: Unparked | null): Detail | null {
  return unparked === null ? detail : { ...detail, unparked: { ...unparked } };
}
