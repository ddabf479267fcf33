// One damaged database, and the place for the results of judging it.
import { BelayError } from "../../src/core/error.ts";
import type { Files } from "./mutations.ts";
import type { Tally } from "./tally.ts";
import type { IsWhole, Truth } from "./truth.ts";

/** A damaged database, and the place for the results of judging it. */
export interface Case {
  readonly truth: Truth;
  readonly file: string;
  /** The bytes of its files after the damage. */
  readonly files: Readonly<Files>;
  /** A description of the damage. */
  readonly what: string;
  readonly isWhole: IsWhole;
  readonly tally: Tally;
  /** Records a fault of Belay. */
  readonly fail: (text: string) => void;
}

/** Checks that an error is a message of one line, and counts it by its text. */
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
