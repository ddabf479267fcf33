import type { RunControl } from "../coordinator/control.ts";
import type { StudyEvent } from "../coordinator/events.ts";
import type { SlotView } from "../core/engine.ts";
import type { Direction } from "../core/search/direction.ts";
import type { Detail } from "../core/trial.ts";
import type { Workers } from "../scheduler/workers.ts";
import type { StudyEnd } from "../store/records.ts";

/** What happens in a run, from the first file that it reads to its end: the only way in which `launch/` reaches people. */
export type RunEvent =
  /** What is being prepared now, for people who wait. */
  | { readonly kind: "stage"; readonly text: string }
  /** A line that people should read. */
  | { readonly kind: "note"; readonly text: string }
  /** What a trial or a host has printed; `number` is that of the trial, null outside of trials. */
  | { readonly kind: "output"; readonly text: string; readonly number: number | null }
  /** Everything is ready, and the study has its row. From now on signals stop the run, and no longer just the process. */
  | ({ readonly kind: "ready" } & RunFacts)
  /** The first trial is about to start. */
  | { readonly kind: "running"; readonly study: RunningView; readonly facts: RunFacts }
  /** No trial runs any more; hosts are being closed, and the study is being released. */
  | { readonly kind: "closing" }
  | {
      readonly kind: "ended";
      readonly study: string;
      readonly state: StudyEnd;
      /** The stop rule that ended it, with its numbers; null for other ends. */
      readonly detail: Detail | null;
    }
  | StudyEvent;

/** How a study is about to run. */
export interface RunFacts {
  readonly study: string;
  readonly splitCount: number;
  /** The setting as it was given, such as `auto`. */
  readonly workers: Workers;
  /** The most trials that run at a time. */
  readonly mostWorkers: number;
  readonly sampler: string;
  readonly pruner: string;
  /** The stop rules; none for a study that ends at its total. */
  readonly stop: readonly string[];
  readonly seed: number;
  readonly backend: string | null;
}

/** A running study, for listeners that draw it. */
export interface RunningView {
  readonly name: string;
  /** How many trials the study has when it is finished. */
  readonly total: number;
  readonly finished: number;
  readonly directions: readonly Direction[];
  readonly splitCount: number;
  readonly best: { readonly number: number; readonly value: number } | null;
  readonly splitTimeoutMs: number | null;
  readonly memoryBytes: number | null;
  /** @returns what each slot does at this moment. */
  readonly slots: () => readonly SlotView[];
}

export type Listen = (event: RunEvent) => void;

/** The listener of a run, and the control by which people stop it. */
export interface Audience {
  readonly control: RunControl;
  readonly listen: Listen;
}
