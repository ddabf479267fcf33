import { printable } from "../../core/printable.ts";

/** The way to stdout and stderr: what a trial, a study's name or a param holds does nothing to a terminal. */

/**
 * Prints lines on stdout.
 *
 * @param options - `exact`: data for a program, which gets every character as it is unless it goes to a terminal.
 */
export function print(
  lines: Iterable<string> | string,
  { exact = false }: { readonly exact?: boolean } = {},
): void {
  const isRaw = exact && process.stdout.isTTY !== true;
  for (const line of typeof lines === "string" ? [lines] : lines)
    process.stdout.write(`${isRaw ? line : printable(line)}\n`);
}

/** As `print`, of lines that come a page at a time. */
export async function printPages(
  pages: AsyncIterable<readonly string[]>,
  options?: { readonly exact?: boolean },
): Promise<void> {
  for await (const lines of pages) print(lines, options);
}

/** Prints a line on stderr. */
export function complain(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/**
 * A terminal that does not know its size says 0 (`docker exec -t`, some CI): as good as unknown, and not a reason to wrap
 * or cut everything at nothing.
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
