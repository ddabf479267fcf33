import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { ValueSource } from "../../../core/command-study.ts";
import { BelayError, show } from "../../../core/error.ts";
import type { ProgramOutput } from "./output.ts";

/** Where the value of a program is looked for. */
export interface ValuePlace {
  readonly source: ValueSource;
  readonly output: ProgramOutput;
  readonly cwd: string;
  /** When the program started, as a date in milliseconds: an older file is not its own. */
  readonly startedMs: number;
  /** What stands for `{trial}` and `{split}` in the name of a file. */
  readonly trial: number;
  readonly split: number;
}

/** The largest file that is read for a value, in bytes. */
const LARGEST_FILE = 1_000_000;
/** Clocks of file systems may be a little behind. */
const CLOCK_MS = 2_000;

/**
 * Reads the value of a program that does not speak the protocol: a number, numbers with commas or spaces between them,
 * or JSON as `train` would return it.
 *
 * @throws BelayError `study`: there is none.
 */
export function readValue(place: ValuePlace): unknown {
  const { source, output } = place;
  if (source === "last-line") return numbersIn(lastLine(output.out()), "the last line of its output");
  if ("file" in source) {
    const name = source.file
      .replaceAll("{trial}", String(place.trial))
      .replaceAll("{split}", String(place.split));
    return numbersIn(lastLine(readFresh(name, place)), `the last line of ${name}`);
  }
  const match = output.match();
  if (match === null)
    throw new BelayError("study", `value: expected ${String(source.pattern)} in its output, got no match`);
  return numbersIn(match, "the pattern's group");
}

function readFresh(name: string, { cwd, startedMs }: ValuePlace): string {
  const path = resolve(cwd, name);
  const found = statSync(path, { throwIfNoEntry: false });
  const expected = `value: expected the program to write ${name}`;
  if (!found?.isFile()) throw new BelayError("study", `${expected}, got no such file in ${cwd}`);
  if (found.mtimeMs < startedMs - CLOCK_MS) throw new BelayError("study", `${expected}, got an older file`);
  if (found.size > LARGEST_FILE)
    throw new BelayError("study", `${expected}, got one of more than ${LARGEST_FILE} bytes`);
  return readFileSync(path, "utf8");
}

function lastLine(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.slice(trimmed.lastIndexOf("\n") + 1).trim();
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NOT_FINITE = /^[+-]?(nan|inf|infinity)$/i;

function numbersIn(text: string, where: string): unknown {
  const wrong = (): BelayError => {
    const came = text === "" ? "nothing" : show(text);
    return new BelayError("study", `value: expected a number in ${where}, got ${came}`);
  };
  if (/^[[{]/.test(text)) {
    try {
      const value: unknown = JSON.parse(text);
      if (value !== null && typeof value === "object" && "value" in value)
        return { ...value, values: value.value };
      return value;
    } catch {
      throw wrong();
    }
  }
  const parts = text.split(/[\s,;]+/);
  const numbers = parts.map((part) => {
    if (NUMBER.test(part)) return Number(part);
    if (!NOT_FINITE.test(part)) throw wrong();
    return /nan/i.test(part) ? Number.NaN : part.startsWith("-") ? -Infinity : Infinity;
  });
  return numbers.length === 1 ? numbers[0] : numbers;
}
