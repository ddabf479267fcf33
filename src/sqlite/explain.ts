import { BelayError } from "../core/error.ts";
import { realFile } from "../machine/real-file.ts";
import { DamagedRow } from "./checksum/intact.ts";
import { inspect } from "./damage/inspect.ts";
import { hasLog, isBlank } from "./damage/log-fault.ts";
import { damageLine, sqliteCode, toStoreError } from "./errors.ts";

/**
 * What an error while a database was read comes from. A damaged database gives errors of any kind: of SQLite, of
 * JSON, of a value that is missing. When there is damage the answer is a line that says so, else the error itself.
 */
export function explain(file: string, error: unknown): unknown {
  // A header that is damaged looks like that of another program, or of another version.
  if (error instanceof BelayError && error.code !== "schema" && !isOfLanguage(error)) return error;
  const known = toStoreError(file, error);
  if (error instanceof DamagedRow) return known;
  const code = sqliteCode(error);
  const isTelling = code !== null && code !== "SQLITE_ERROR" && !code.startsWith("SQLITE_CONSTRAINT");
  if (isTelling || isEmpty(realFile(file))) return known;
  try {
    const [first] = inspect(file);
    return first === undefined ? known : new BelayError("store", damageLine(file, first), { cause: error });
  } catch {
    return known;
  }
}

/** A write may have failed at a value that is missing, and not at what it was given. */
function isOfLanguage({ cause }: BelayError): boolean {
  return cause instanceof TypeError || cause instanceof RangeError;
}

/** Nothing was ever there, or all of it is gone: no repair finds anything. */
function isEmpty(file: string): boolean {
  return isBlank(file) && !hasLog(file);
}

/** A store whose every error tells of damage, where there is some. */
export function explained<T extends object>(file: string, store: T): T {
  const entries = Object.entries(store).map(([name, value]) => [
    name,
    typeof value === "function" ? explainCalls(file, value as Call) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

type Call = (...args: unknown[]) => unknown;

function explainCalls(file: string, call: Call): Call {
  return (...args) => {
    try {
      const result = call(...args);
      if (result instanceof Promise)
        return result.catch((error: unknown) => {
          throw explain(file, error);
        });
      return isIterable(result) ? explainItems(file, result) : result;
    } catch (error) {
      throw explain(file, error);
    }
  };
}

function isIterable(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === "object" && result !== null && Symbol.asyncIterator in result;
}

async function* explainItems(file: string, items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* items;
  } catch (error) {
    throw explain(file, error);
  }
}
