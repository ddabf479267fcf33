import { readFileSync } from "node:fs";

/** What a coordinator has open for itself, at most, and for each host; loading its modules takes more for a moment. */
const FOR_ITSELF = 64;
const FOR_A_HOST = 6;
/** From here on no command lacks any. */
const ENOUGH = 128;

/** How many files this process may have open; null where that is not told. Read at once: without any left it cannot be. */
const LIMIT = readLimit();

function readLimit(): number | null {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}

/** What is wrong with the limit, in words, if it is below what a run of one worker takes while it loads; null: it has room. */
export function tooFewFilesToRun(limit = LIMIT): string | null {
  return limit === null || limit >= ENOUGH ? null : fault(ENOUGH, limit, "");
}

/** What is wrong with the limit, in words, if so many workers are more than it has room for; null: they fit. */
export function tooFewFilesFor(workers: number, limit = LIMIT): string | null {
  const least = FOR_ITSELF + FOR_A_HOST * workers;
  if (limit === null || limit >= least) return null;
  return fault(least, limit, `, or use fewer --workers than ${workers}`);
}

/** The same for an error that may come of it: with so few, Node cannot even say which module it cannot open; null: it does not. */
export function tooFewFiles(error: unknown, limit = LIMIT): string | null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  const isLack = code === "EMFILE" || code === "ENFILE";
  const mayBe = limit !== null && limit < ENOUGH && code === "ERR_MODULE_NOT_FOUND";
  return isLack || mayBe ? fault(Math.max(ENOUGH, (limit ?? 0) + 1), limit, "") : null;
}

function fault(least: number, limit: number | null, otherwise: string): string {
  const now = limit === null ? "too low" : String(limit);
  return `open files: the limit is ${now}, and at least ${least} are needed; raise it, as in ulimit -n 1024${otherwise}`;
}
