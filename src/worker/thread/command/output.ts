import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** The end of what a program prints, which is kept for its value and its error, in bytes. */
const TAIL_BYTES = 64_000;
/** How much of what one program prints is passed on, in bytes. It is below the limit of a trial's output. */
const PASSED_BYTES = 60_000;
/** The longest line in which a pattern is searched, in characters. */
const LONGEST_LINE = 10_000;

/** What is known of what a program has printed. */
export interface ProgramOutput {
  /** The end of what it printed to stdout and stderr. */
  out(): string;
  err(): string;
  /** The last match of the pattern; null if there was none. */
  match(): string | null;
  /** Says how much was left out. Call it at the end. */
  flush(): void;
}

/**
 * Reads what a program prints: passes the beginning on, and keeps the end. A gigabyte of output costs neither memory
 * nor the time of those who read the log.
 *
 * @param pass - Called with text to pass on.
 * @param pattern - What is searched in the lines of both streams.
 */
export function readOutput(
  [stdout, stderr]: readonly (Readable | undefined)[],
  pass: (text: string) => void,
  pattern: RegExp | null,
): ProgramOutput {
  let passed = 0;
  let dropped = 0;
  let match: string | null = null;

  const search = (line: string): void => {
    if (line.length <= LONGEST_LINE) match = matchOf(line, pattern!) ?? match;
  };
  const read = (stream: Readable | undefined): (() => string) => {
    const decoder = new StringDecoder("utf8");
    let tail: Buffer = Buffer.alloc(0);
    let rest = "";
    stream?.on("error", () => {});
    stream?.on("data", (chunk: Buffer) => {
      tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
      if (pattern) {
        const lines = (rest + chunk.toString("utf8")).split("\n");
        rest = lines.pop()!.slice(0, LONGEST_LINE + 1);
        for (const line of lines) search(line);
      }
      if (passed >= PASSED_BYTES) dropped += chunk.length;
      else {
        passed += chunk.length;
        pass(decoder.write(chunk));
      }
    });
    stream?.on("end", () => {
      if (pattern && rest !== "") search(rest);
    });
    return () => tail.toString("utf8");
  };
  const out = read(stdout);
  const err = read(stderr);
  return {
    out,
    err,
    match: () => match,
    flush(): void {
      if (dropped > 0) pass(`\n... ${dropped} more bytes of the program's output were dropped\n`);
    },
  };
}

/** The first group of the last match in a line; null without one. */
function matchOf(line: string, pattern: RegExp): string | null {
  let last: string | null = null;
  for (const found of line.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))) last = found[1] ?? last;
  return last;
}
