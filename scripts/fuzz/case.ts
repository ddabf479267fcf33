// One damaged database, and where what is found of it goes.
import { BelayError } from "../../src/core/error.ts";
import type { Files } from "./mutations.ts";
import type { Tally } from "./tally.ts";
import type { IsWhole, Truth } from "./truth.ts";

/** A damaged database, and where what is found goes. */
export interface Case {
  readonly truth: Truth;
  readonly file: string;
  /** Its bytes, as they were damaged. */
  readonly files: Readonly<Files>;
  /** What was done to them. */
  readonly what: string;
  readonly isWhole: IsWhole;
  readonly tally: Tally;
  /** Notes what must not be. */
  readonly fail: (text: string) => void;
}

/** Errors are one line each, and are counted by what they say. */
export function checkLine({ tally, fail }: Case, command: string, error: unknown): void {
  if (!(error instanceof BelayError)) {
    fail(`${command}: ${(error instanceof Error && error.stack) || error}`);
    return;
  }
  if (error.message.includes("\n")) fail(`${command}: several lines: ${error.message}`);
  const line = error.message
    .replace(/^\S+: /, "")
    .replace(/\(.*\)/, "(...)")
    .replace(/\d+/g, "N");
  tally.lines.set(line, (tally.lines.get(line) ?? 0) + 1);
}
