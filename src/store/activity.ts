import type { Params } from "../core/space/space.ts";
import type { AttemptState, Detail, InterruptCause, Json, Reason } from "../core/trial.ts";

// What goes on in a study, and what people did to it: the records of a live view and of the audit trail.

/** A value that a command has changed. */
export interface AuditChange {
  /** The name as the command has it, such as `workers`. */
  readonly key: string;
  readonly before: Json;
  readonly after: Json;
}

/**
 * An entry of the audit trail: what a person asked for, or what happened to the study as a whole, such as `launch`,
 * `claim`, `release`, `unpark`, `breaker`. The ends of trials are not in it.
 */
export interface AuditRecord {
  /** Grows with every entry of the database. */
  readonly id: number;
  /** When it was done, or refused. */
  readonly atMs: number;
  /** What was done; for a command its name, such as `set`. */
  readonly kind: string;
  /** The number of the trial that it was done to; null: it concerns the whole study. */
  readonly trial: number | null;
  /** Who asked for it: `user@host`, or the name of a program; null: not known, or nobody. */
  readonly who: string | null;
  /** What was asked for, as the command carries it; null if nothing was. */
  readonly asked: Json;
  /** When the command was sent; null: not known, or no command. */
  readonly sentAtMs: number | null;
  /** Whether a command was carried out; null for what was no command. */
  readonly ok: boolean | null;
  /** The answer to a command, or what the coordinator said about it; null without one. */
  readonly message: string | null;
  /** What a command has changed, in its order. */
  readonly changes: readonly AuditChange[];
  /** Everything else that was recorded, such as the pid of a `claim`. */
  readonly detail: Detail;
}

/** Which entries of the audit trail to read. */
export interface AuditSelection {
  /** Only entries that came later than the one of this id. @default all */
  readonly afterId?: number | undefined;
  /** Only entries that came before the one of this id. @default all */
  readonly beforeId?: number | undefined;
  /** At most so many, the newest. */
  readonly limit: number;
}

/** A trial that runs, by what is recorded: when the coordinator has died, it did so last. */
export interface RunningRecord {
  readonly trialId: number;
  readonly number: number;
  readonly params: Params;
  /** The attempt that runs, counted from 1. */
  readonly attempt: number;
  /** null until the attempt has begun in a slot. */
  readonly slot: number | null;
  readonly hostPid: number | null;
  /** When this attempt was started. */
  readonly startedAtMs: number;
  /** How many splits of the trial are recorded, those of earlier attempts included. */
  readonly splits: number;
  /** When the last of them was recorded; null without one. */
  readonly lastSplitAtMs: number | null;
}

/** When and where an attempt ran, for a timeline. */
export interface AttemptSpan {
  /** The trial's number. */
  readonly number: number;
  /** Counts from 1. */
  readonly attempt: number;
  readonly state: AttemptState;
  readonly reason: Reason | null;
  /** What cut it short; null if nothing did. */
  readonly cause: InterruptCause | null;
  readonly slot: number | null;
  readonly hostPid: number | null;
  readonly startedAtMs: number;
  /** null while it runs. */
  readonly endedAtMs: number | null;
}
