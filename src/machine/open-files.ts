import { readFileSync } from "node:fs";

/** The most files that a coordinator has open for itself and for each host. Loading its modules briefly takes more. */
const FOR_ITSELF = 64;
const FOR_A_HOST = 6;
/** A limit that is enough for every command. */
const ENOUGH = 128;

/**
 * How many files this process may open; null where the system does not tell. Read at load, since reading it needs a
 * file.
 */
const LIMIT = readLimit();

function readLimit(): number | null {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}

/** An error message if the limit is too low to load a run with one worker; null if it is enough. */
export function tooFewFilesToRun(limit = LIMIT): string | null {
  return limit === null || limit >= ENOUGH ? null : limitMessage(ENOUGH, limit, "");
}

/** An error message if the limit is too low for that many workers; null if it is enough. */
export function tooFewFilesFor(workers: number, limit = LIMIT): string | null {
  const least = FOR_ITSELF + FOR_A_HOST * workers;
  if (limit === null || limit >= least) return null;
  return limitMessage(least, limit, `, or use fewer --workers than ${workers}`);
}

/**
 * An error message if the limit is the cause of an error, null if it is not. With few files left Node reports a module
 * that it cannot open as missing.
 */
export function tooFewFiles(error: unknown, limit = LIMIT): string | null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  const isLack = code === "EMFILE" || code === "ENFILE";
  const mayBe = limit !== null && limit < ENOUGH && code === "ERR_MODULE_NOT_FOUND";
  return isLack || mayBe ? limitMessage(Math.max(ENOUGH, (limit ?? 0) + 1), limit, "") : null;
}

function limitMessage(least: number, limit: number | null, otherwise: string): string {
  const now = limit === null ? "too low" : String(limit);
  return `open files: the limit is ${now}, and at least ${least} are needed; raise it, as in ulimit -n 1024${otherwise}`;
}
