import type { ErrorCode } from "../core/error.ts";
import type { History, RunningTrial } from "../core/search/history.ts";
import type { AskedStudy, Suggestion } from "../core/search/sampler.ts";

/** The messages between a study's loop and the thread in which its sampler is asked. */

/** What the thread needs to start: the sampler's spec as text, and the study. */
export interface AskerBoot {
  readonly sampler: string;
  readonly study: AskedStudy;
}

/** The columns of a history, which both threads read in the same memory. */
export type Columns = Omit<History, "size" | "whole" | "space" | "proposers" | "running">;

/** A message to the thread: an ask, with what of its history has changed since the last one. */
export interface Ask {
  readonly id: number;
  /** Number of the trial whose params are asked for. */
  readonly number: number;
  /** How many trials are planned in all; null if that is not known. */
  readonly trials: number | null;
  /** Counts the histories: an ask of another one than before begins with its columns. */
  readonly history: number;
  /** How many trials the ask sees. */
  readonly size: number;
  /** Columns that have grown into other memory; null: they are where they were. */
  readonly columns: Columns | null;
  readonly proposers: readonly string[];
  readonly running: readonly RunningTrial[];
}

/** A message from the thread: the suggestion, or what the sampler has thrown. */
export type Answer =
  | { readonly id: number; readonly suggestion: Suggestion | null }
  | { readonly id: number; readonly thrown: Thrown };

/** An error as a message carries it: one of Belay's own loses its class on the way. */
export type Thrown =
  | { readonly code: ErrorCode; readonly message: string }
  | { readonly code: null; readonly error: unknown };
