/**
 * The kind of an error, for scripts. The command line exits with 2 for `usage` and `study`, and with 1 for all others.
 *
 * - `usage`: an option, a name or a file is wrong.
 * - `study`: the study file is wrong: it does not compile, throws when it is imported, or has a wrong field.
 * - `setup`: the first host never became ready: `data` or `splits` threw, hung or did not fit.
 * - `backend`: the TensorFlow backend that was asked for does not work here.
 * - `store`: the database cannot be read or written.
 * - `schema`: the database has another schema version, or was not made by Belay.
 * - `owner`: another coordinator owns the study.
 * - `stale`: this coordinator has lost the study to another.
 * - `internal`: a defect of Belay.
 *
 * @example
 * if (error instanceof BelayError && error.code === "study") process.exitCode = 2;
 */
export type ErrorCode =
  | "usage"
  | "study"
  | "setup"
  | "backend"
  | "store"
  | "schema"
  | "owner"
  | "stale"
  | "internal";

/**
 * The class of Belay's errors. The message is one line: what is wrong, what was expected, what was given. The end of a
 * trial is never an exception, but data: its state and reason.
 *
 * @example
 * throw new BelayError("study", `rows: expected at least 2, got ${rows.length}`);
 */
export class BelayError extends Error {
  override readonly name = "BelayError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A value as error messages show it: short, on one line, and with the text "5" different from the number 5. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(clip(value));
  if (typeof value === "function") return value.name ? `function ${value.name}` : "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value))
    return value.length > 6
      ? `an array of ${value.length}`
      : `[${Array.from(value, (each) => show(each)).join(", ")}]`;
  if (value instanceof Error) return `${value.name}: ${clip(value.message)}`;
  if (value !== null && typeof value === "object") {
    const name = Object.getPrototypeOf(value)?.constructor?.name;
    return name && name !== "Object"
      ? `an instance of ${name}`
      : `an object with keys ${show(Object.keys(value))}`;
  }
  return String(value);
}

/** Shortens a long text in the middle, because the end of a path says most. */
function clip(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 120 ? `${line.slice(0, 57)}...${line.slice(-60)}` : line;
}

/**
 * The end of an error message that offers the name which was probably meant: `; did you mean tpe?`. Empty when no name
 * is near.
 *
 * @param shown - How the name is written; `show` puts it in quotes, for names that users write in quotes.
 */
export function didYouMean(
  name: unknown,
  names: Iterable<string>,
  shown: (name: string) => string = String,
): string {
  const near = typeof name === "string" ? nearest(name, names) : undefined;
  return near === undefined ? "" : `; did you mean ${shown(near)}?`;
}

/** The candidate with the smallest edit distance from `name`; undefined when none is near. */
function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
