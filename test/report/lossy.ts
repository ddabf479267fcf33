import { compileSpace, type ParamDeclaration, type Params } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { NewStudy } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import { FINAL, ownedStudy, temporaryStore } from "../support/store.ts";

/** Studies that lose trials, as records: nothing is run. */

export const COMPLETE: Outcome = { state: "complete", values: [1], constraints: [] };
export const KILLED: Outcome = { state: "pruned", reason: "memory-limit", detail: { limitBytes: 1e9 } };
export const FAILED: Outcome = { state: "fail", reason: "error", detail: {}, error: null };
export const CRASHED: Outcome = { state: "fail", reason: "crash", detail: {}, error: null };

export const complete = (value: number): Outcome => ({ state: "complete", values: [value], constraints: [] });

export const real = (low: number, high: number, log = false): ParamDeclaration => ({
  distribution: { kind: "float", low, high, log, step: null },
  conditions: [],
});
export const whole = (low: number, high: number, step = 1, log = false): ParamDeclaration => ({
  distribution: { kind: "int", low, high, log, step },
  conditions: [],
});
export const choice = (...choices: readonly string[]): ParamDeclaration => ({
  distribution: { kind: "categorical", choices },
  conditions: [],
});

/** A trial with its end, and how often an attempt of it was lost before. */
export interface Played {
  readonly params: Params;
  readonly outcome: Outcome;
  /** @default 1 s */
  readonly durationMs?: number;
  /** @default 0 */
  readonly lostAttempts?: number;
  /** @default unknown */
  readonly peakBytes?: number;
}

/** A store whose clock the caller moves. */
export function timedStore(): { readonly store: Store; readonly clock: { at: number } } {
  const clock = { at: Date.UTC(2026, 0, 1) };
  return { store: temporaryStore({ durability: "normal", now: () => clock.at }), clock };
}

/** Records a study with these trials, one after the other, and ends it. */
export async function playLosses(
  store: Store,
  declared: Readonly<Record<string, ParamDeclaration>>,
  trials: readonly Played[],
  changes: Partial<NewStudy> = {},
): Promise<void> {
  const owned = await ownedStudy(store, { space: compileSpace(declared), ...changes });
  for (const [number, trial] of trials.entries()) await play(owned, number, trial);
  await owned.release("stopped");
}

async function play(owned: OwnedStudy, number: number, trial: Played): Promise<void> {
  const { params, outcome, durationMs = 1_000, lostAttempts = 0, peakBytes = null } = trial;
  let key = await owned.startTrial({ number, params });
  for (let i = 0; i < lostAttempts; i++) {
    await owned.interrupt(key, "host");
    key = await owned.startAttempt(key.trialId);
  }
  await owned.finish(key, outcome, { ...FINAL, peakBytes }, { durationMs });
}
