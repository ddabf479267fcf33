import type { Detail, Json } from "../core/trial.ts";
import type { Identity } from "../machine/identity.ts";
import type { OwnedStudy } from "./owned-study.ts";
import type { NewStudy, StudyRow } from "./records.ts";

/** What any process may do with a database. What its results are is asked of a reader; only owners write them. */
export interface Store {
  /** Where the database is: for a file its path, without symbolic links. */
  readonly location: string;
  /** null: there is no study of that name. */
  find(name: string): Promise<StudyRow | null>;
  /** The names of all studies, in the order in which they were created. */
  names(): Promise<string[]>;
  /** Creates a study that is `owner`'s. Rejects with `usage` when the name exists. */
  createStudy(record: NewStudy, owner: Identity): Promise<OwnedStudy>;
  /**
   * Makes an existing study `owner`'s; rejects with `owner` while another one lives. After an owner that died the
   * database is checked: rejects with `store` when it is damaged.
   */
  claim(studyId: number, owner: Identity, options?: { readonly takeover?: boolean }): Promise<OwnedStudy>;
  /** Sends a command to the coordinator of a live study. @returns the command's id. */
  send(studyId: number, command: { readonly kind: string; readonly data: Json }): Promise<number>;
  /** The coordinator's answer to a command; null: none yet. */
  answer(commandId: number): Promise<Detail | null>;
  /** Writes what is waiting and closes the database. */
  close(): Promise<void>;
}
