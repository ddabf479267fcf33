import { setImmediate as nextTurn } from "node:timers/promises";
import { printable } from "../../core/printable.ts";

/** Prints to stdout and stderr. Control characters, which may come from a trial, a param or a name, are made harmless. */

/**
 * Prints lines on stdout.
 *
 * @param options - `exact`: the lines are data for a program; characters are left as they are unless stdout is a terminal.
 */
export function print(
  lines: Iterable<string> | string,
  { exact = false }: { readonly exact?: boolean } = {},
): void {
  const isRaw = exact && process.stdout.isTTY !== true;
  for (const line of typeof lines === "string" ? [lines] : lines)
    process.stdout.write(`${isRaw ? line : printable(line)}\n`);
}

/** Prints lines that come a page at a time, as `print` does. */
export async function printPages(
  pages: AsyncIterable<readonly string[]>,
  options?: { readonly exact?: boolean },
): Promise<void> {
  for await (const lines of pages) {
    print(lines, options);
    await nextTurn();
  }
}

/** Prints a line on stderr. */
export function printToStderr(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/**
 * Makes a size of 0 unknown. Some terminals (`docker exec -t`, some CI) report 0 when they do not know their size, and text
 * must not be wrapped or cut at that width.
 */
export function forgetUnknownSizes(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    const forget = (): void => {
      const { columns, rows } = stream;
      if (columns === 0 || rows === 0)
        Object.assign(stream, { columns: columns || undefined, rows: rows || undefined });
    };
    forget();
    if (stream.isTTY) stream.on("resize", forget);
  }
}
