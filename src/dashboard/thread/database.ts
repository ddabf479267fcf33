import { statSync } from "node:fs";
import { BelayError } from "../../core/error.ts";
import { explain } from "../../sqlite/explain.ts";
import { openSqliteReader } from "../../sqlite/reader.ts";
import { typedPath } from "../../store/command-line.ts";
import type { Reader } from "../../store/reader.ts";

/** A database that may be absent, appear, be deleted or be replaced while it is read. */
export interface WatchedDatabase {
  /**
   * Reads from the file that has the name now.
   *
   * @throws BelayError `store` when it cannot be read; and all that `read` throws.
   */
  use<T>(read: (reader: Reader) => Promise<T>): Promise<T>;
  /** A number that is another one after each replacement of the file. */
  readonly generation: number;
  close(): Promise<void>;
}

/** An open file, and how many calls read it. */
interface Opened {
  readonly identity: string;
  readonly reader: Reader;
  users: number;
  isOld: boolean;
}

/** A file that could not be opened is tried again after this time, or after so many times what the last try took. */
const LEAST_WAIT_MS = 500;
const WAIT_FACTOR = 20;

/** Watches a database by its name. Nothing is opened before the first use. */
export function watchDatabase(file: string): WatchedDatabase {
  let opened: Opened | null = null;
  let opening: Promise<Opened> | null = null;
  let generation = 0;
  /** A file that could not be opened: finding out why can take seconds, as the whole of it is looked at. */
  let refused: { readonly identity: string; readonly error: unknown; readonly untilMs: number } | null = null;

  async function current(): Promise<Opened> {
    const identity = identityOf(file);
    if (opened && opened.identity === identity) return opened;
    if (opened) await retire(opened);
    opened = null;
    if (refused?.identity === identity && performance.now() < refused.untilMs) throw refused.error;
    opening ??= open(identity).finally(() => {
      opening = null;
    });
    return opening;
  }

  async function open(identity: string): Promise<Opened> {
    const began = performance.now();
    const reader = await openSqliteReader(file).catch((error: unknown) => {
      const tookMs = performance.now() - began;
      refused = {
        identity,
        error,
        untilMs: performance.now() + Math.max(LEAST_WAIT_MS, WAIT_FACTOR * tookMs),
      };
      throw error;
    });
    opened = { identity, reader, users: 0, isOld: false };
    generation++;
    return opened;
  }

  async function retire(old: Opened): Promise<void> {
    old.isOld = true;
    if (old.users === 0) await old.reader.close();
  }

  return {
    async use(read) {
      const own = await current();
      own.users++;
      try {
        return await read(own.reader);
      } catch (error) {
        throw explain(file, error);
      } finally {
        own.users--;
        if (own.isOld && own.users === 0) await own.reader.close();
      }
    },
    get generation() {
      return generation;
    },
    async close() {
      if (opened) await retire(opened);
      opened = null;
    },
  };
}

/** Tells a file from another one that took its place. @throws BelayError `store`: there is none. */
function identityOf(file: string): string {
  try {
    const { dev, ino, size } = statSync(file);
    if (size > 0) return `${dev}:${ino}`;
  } catch {
    // It does not exist, or nobody may look.
  }
  throw new BelayError(
    "store",
    `${typedPath(file)}: no study is there yet; a launch with this database is shown as soon as it begins`,
  );
}
