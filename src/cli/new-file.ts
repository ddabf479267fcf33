import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { BelayError } from "../core/error.ts";
import { typedPath } from "../store/command-line.ts";

const EXIT_STOPPED = 130;
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Makes a file that is there whole or not at all. It is written beside its place, under another name, and gets its name when
 * it is done; an error, or Ctrl-C, removes what was written.
 *
 * @param path - Where the file is to be.
 * @param write - Writes the file whose path it is given, which does not exist yet.
 * @throws BelayError `usage`, one line: there is such a file, or no folder for it; and all that `write` throws.
 */
export async function newFile<T>(path: string, write: (beside: string) => Promise<T>): Promise<T> {
  const file = resolve(path);
  refuseExisting(file);
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory())
    throw new BelayError("usage", `--out: expected a folder that exists, got ${typedPath(dirname(file))}`);
  const beside = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  const remove = (): void => rmSync(beside, { force: true });
  const end = (): void => {
    remove();
    process.exit(EXIT_STOPPED);
  };
  for (const signal of ENDING) process.on(signal, end);
  try {
    const result = await write(beside);
    place(beside, file);
    return result;
  } finally {
    remove();
    for (const signal of ENDING) process.off(signal, end);
  }
}

/** Writes pages of lines into a new file. */
export async function writeLines(file: string, pages: AsyncIterable<readonly string[]>): Promise<void> {
  const handle = await open(file, "wx");
  try {
    for await (const lines of pages) if (lines.length > 0) await handle.write(`${lines.join("\n")}\n`);
  } finally {
    await handle.close();
  }
}

function refuseExisting(file: string): void {
  if (existsSync(file))
    throw new BelayError("usage", `--out: expected a new file, got one that exists: ${typedPath(file)}`);
}

/** Gives the written file its name, once it is on the disk. */
function place(beside: string, file: string): void {
  const handle = openSync(beside, "r+");
  fsyncSync(handle);
  closeSync(handle);
  try {
    linkSync(beside, file); // unlike a rename it replaces nothing that has come there since
  } catch {
    refuseExisting(file);
    renameSync(beside, file); // on a file system without hard links
  }
}
