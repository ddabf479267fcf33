import type { SlotView } from "../core/engine.ts";
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

/** What keeps further trials of a run from starting. */
export const WAIT_KINDS = [
  "memory",
  "first-peak",
  "processor",
  "memory-load",
  "memory-kills",
  "reserve",
  "breaker",
  "paused",
  "outcomes",
] as const;

/** Something that a trial waits for. */
export interface Wait {
  /**
   * `memory`: its expected peak does not fit beside the running trials. `first-peak`: no peak is known yet, so that the
   * first trials run alone. `processor`, `memory-load`: what other programs use has lowered how many trials may run.
   * `memory-kills`: kills for lack of memory have. `reserve`: the machine is short of memory. `breaker`: nearly every trial
   * was lost. `paused`: a person has paused the study. `outcomes`: in a deterministic run, the outcomes that it is to see.
   */
  readonly kind: (typeof WAIT_KINDS)[number];
  /** The number of the trial that waits; null: whichever would start next. */
  readonly trial: number | null;
  /** For `memory`: how much is missing until it fits. null otherwise. */
  readonly missingBytes: number | null;
}

/** A slot as the coordinator sees it, with the memory that its host has held since the last such reading. */
export interface SlotReading extends Required<Omit<SlotView, "nth">> {
  /** Which of the trial's splits runs, in the order in which they run, counted from 1. */
  readonly nth: number | null;
  /** The least and the most that its host has held; null: unknown. */
  readonly minBytes: number | null;
  readonly maxBytes: number | null;
  /** How much memory its trial may hold; null: any amount. */
  readonly limitBytes: number | null;
  /** How long the split of its trial may take; null: any time, or there is no trial. */
  readonly splitTimeoutMs: number | null;
}

/** A slot as its coordinator saw it last. */
export interface SlotRecord {
  readonly slot: number;
  /** When this was so; long ago if the coordinator hangs or has died. */
  readonly atMs: number;
  readonly state: SlotView["state"];
  /** The number of the trial in it. */
  readonly trial: number | null;
  readonly split: number | null;
  /** Which of the trial's splits runs, in the order in which they run, counted from 1. */
  readonly nth: number | null;
  readonly splitStartedAtMs: number | null;
  /** How long the split may take; null: any time. */
  readonly splitTimeoutMs: number | null;
  /** What its host held; null: unknown. */
  readonly rssBytes: number | null;
  /** How much memory a trial may hold; null: any amount. */
  readonly limitBytes: number | null;
  /** The process id of its host; null if there is none. */
  readonly pid: number | null;
}

/** How long a row of a slot's memory over time stands for. */
export const SLOT_MEMORY_MS = 30_000;

/** The memory that the host of a slot has held in half a minute. */
export interface SlotMemoryRecord {
  /** When the half minute began: a multiple of `SLOT_MEMORY_MS`. */
  readonly atMs: number;
  readonly slot: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** The number of the last trial that ran in it meanwhile; null: none did. */
  readonly trial: number | null;
  /** How much memory a trial was allowed to hold; null: any amount. */
  readonly limitBytes: number | null;
}
