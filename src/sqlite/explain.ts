import { BelayError } from "../core/error.ts";
import { realFile } from "../machine/real-file.ts";
import { DamagedRow } from "./checksum/intact.ts";
import { inspect } from "./damage/inspect.ts";
import { hasLog, isBlank } from "./damage/log-fault.ts";
import { damageLine, sqliteCode, toStoreError } from "./errors.ts";

/**
 * Finds out whether an error comes from a damaged database, which can cause errors of any kind: of SQLite, of JSON, of
 * a missing value.
 *
 * @returns an error that reports the damage if the file has any; otherwise the error, with SQLite's own as a
 *   `StoreError`.
 */
export function explain(file: string, error: unknown): unknown {
  // A `schema` error is checked too: a damaged header can look like that of another program or version.
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

/**
 * Whether JavaScript threw the error: a write fails so if a value is missing in a damaged file, not only for bad data.
 */
function isOfLanguage({ cause }: BelayError): boolean {
  return cause instanceof TypeError || cause instanceof RangeError;
}

/** Whether neither the file nor its log holds any data, so that a repair would find nothing. */
function isEmpty(file: string): boolean {
  return isBlank(file) && !hasLog(file);
}

/** Wraps the methods of a store so that their errors report the damage if the database has any. */
export function withExplainedErrors<T extends object>(file: string, store: T): T {
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
