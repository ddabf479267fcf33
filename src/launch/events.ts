import type { RunControl } from "../coordinator/control.ts";
import type { StudyEvent } from "../coordinator/events.ts";
import type { SlotView } from "../core/engine.ts";
import type { Direction } from "../core/search/direction.ts";
import type { Workers } from "../scheduler/workers.ts";
import type { StudyEnd } from "../store/records.ts";

/** What a run tells people, from the first file it reads to its end: the only way in which `launch/` reaches them. */
export type RunEvent =
  /** What is being made ready now, for people who wait. */
  | { readonly kind: "stage"; readonly text: string }
  /** A line that people should read. */
  | { readonly kind: "note"; readonly text: string }
  /** What a trial, or the host of one, has printed; `number` is the trial's, null outside of trials. */
  | { readonly kind: "output"; readonly text: string; readonly number: number | null }
  /** Everything is ready, and the study has its row. From here on a stop is the run's to hear. */
  | ({ readonly kind: "ready" } & RunFacts)
  /** The study runs. */
  | { readonly kind: "running"; readonly study: RunningView; readonly facts: RunFacts }
  /** No trial runs any more; hosts are closed, and the study is handed back. */
  | { readonly kind: "closing" }
  | { readonly kind: "ended"; readonly study: string; readonly state: StudyEnd }
  | StudyEvent;

/** How a study is about to run. */
export interface RunFacts {
  readonly study: string;
  readonly splitCount: number;
  /** What was asked for, such as `auto`. */
  readonly workers: Workers;
  /** The most trials that run at a time. */
  readonly mostWorkers: number;
  readonly sampler: string;
  readonly pruner: string;
  readonly seed: number;
  readonly backend: string | null;
}

/** A study that runs, for whoever draws it. */
export interface RunningView {
  readonly name: string;
  /** How many trials there are to be in all. */
  readonly total: number;
  readonly finished: number;
  readonly directions: readonly Direction[];
  readonly splitCount: number;
  readonly best: { readonly number: number; readonly value: number } | null;
  readonly splitTimeoutMs: number | null;
  readonly memoryBytes: number | null;
  /** What each slot does at this moment. */
  readonly slots: () => readonly SlotView[];
}

export type Listen = (event: RunEvent) => void;

/** Who watches a run, and how they reach into it. */
export interface Audience {
  readonly control: RunControl;
  readonly listen: Listen;
}
