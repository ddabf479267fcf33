import type { Params } from "../core/space/space.ts";
import type { Detail, Json } from "../core/trial.ts";
import type { Identity } from "../machine/identity.ts";
import type { EnqueueOrder, Enqueuing } from "./enqueuing.ts";
import type { ImportedStudy } from "./imported.ts";
import type { Invalidation, InvalidationOrder } from "./invalidation.ts";
import type { OwnedStudy } from "./owned-study.ts";
import type { Learned, NewStudy, StudyRow } from "./records.ts";

/** What any process may do with a database. Results are read through a `Reader` and written through an `OwnedStudy`. */
export interface Store {
  /** Where the database is: for a file its path with symbolic links resolved. */
  readonly location: string;
  /** @returns the study of that name; null if there is none. */
  find(name: string): Promise<StudyRow | null>;
  /** The names of all studies in the order of their creation. */
  names(): Promise<string[]>;
  /**
   * Creates a study that belongs to `owner`, and its first trials: both, or neither. Rejects with BelayError `usage` if a
   * study of that name exists.
   *
   * @param enqueued - The params of waiting trials that a person asks for; the sampler chooses missing ones. @default none
   * @param options - `startsWithDefaults`: whether the first of them are the study's own defaults. @default false.
   * `learned`: what the study learns from, which becomes part of it. @default nothing
   */
  createStudy(
    record: NewStudy,
    owner: Identity,
    enqueued?: readonly Params[],
    options?: { readonly startsWithDefaults?: boolean; readonly learned?: Learned | null },
  ): Promise<OwnedStudy>;
  /**
   * Gives an existing study to `owner`. Rejects with BelayError `owner` while another owner is alive. If the previous
   * owner did not release it, the database is checked first: rejects with BelayError `store` if it is damaged.
   */
  claim(studyId: number, owner: Identity, options?: { readonly takeover?: boolean }): Promise<OwnedStudy>;
  /**
   * Adds a study that has run elsewhere, with its trials: all of it, or nothing. It belongs to nobody afterwards. Nothing else
   * may be written through this store meanwhile. Rejects with BelayError `usage` if a study of that name exists.
   *
   * @returns how many trials were added.
   */
  importStudy(study: ImportedStudy, owner: Identity): Promise<number>;
  /**
   * Adds waiting trials to a study that nobody runs, all of them or none, and an event of who asked for them. Rejects with
   * BelayError `owner` while its coordinator lives.
   *
   * @param who - Who asked for it: `user@host`, or the name of a program.
   */
  enqueue(studyId: number, order: EnqueueOrder, who: string): Promise<Enqueuing>;
  /**
   * Makes a finished trial of a study that nobody runs invalid, or lets it count again, and adds an event of who asked for
   * it. Rejects with BelayError `owner` while its coordinator lives.
   *
   * @param who - Who asked for it: `user@host`, or the name of a program.
   */
  invalidate(studyId: number, order: InvalidationOrder, who: string): Promise<Invalidation>;
  /**
   * Sends a command to the coordinator of a live study.
   *
   * @param command - `who`: who sends it: `user@host`, or the name of a program. @default not known
   * @returns the command's id.
   */
  send(
    studyId: number,
    command: { readonly kind: string; readonly data: Json; readonly who?: string },
  ): Promise<number>;
  /** The coordinator's answer to a command; null until there is one. */
  answer(commandId: number): Promise<Detail | null>;
  /** Completes pending writes and closes the database. */
  close(): Promise<void>;
}
