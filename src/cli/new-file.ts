import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
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
export function newFile<T>(path: string, write: (beside: string) => Promise<T>): Promise<T> {
  return newAt(path, "file", write);
}

/** Makes a folder with all its files that is there whole or not at all, as `newFile` does a file. */
export function newFolder<T>(path: string, write: (beside: string) => Promise<T>): Promise<T> {
  return newAt(path, "folder", (beside) => {
    mkdirSync(beside);
    return write(beside);
  });
}

async function newAt<T>(
  path: string,
  kind: "file" | "folder",
  write: (beside: string) => Promise<T>,
): Promise<T> {
  const file = resolve(path);
  refuseExisting(file, kind);
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory())
    throw new BelayError("usage", `--out: expected a folder that exists, got ${typedPath(dirname(file))}`);
  const beside = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  const remove = (): void => rmSync(beside, { force: true, recursive: true });
  const end = (): void => {
    remove();
    process.exit(EXIT_STOPPED);
  };
  for (const signal of ENDING) process.on(signal, end);
  try {
    const result = await write(beside);
    place(beside, file, kind);
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

function refuseExisting(path: string, kind: "file" | "folder"): void {
  if (existsSync(path))
    throw new BelayError("usage", `--out: expected a new ${kind}, got one that exists: ${typedPath(path)}`);
}

/** Gives what was written its name. A file is on the disk before. */
function place(beside: string, path: string, kind: "file" | "folder"): void {
  if (kind === "folder") {
    refuseExisting(path, kind);
    renameSync(beside, path);
    return;
  }
  const handle = openSync(beside, "r+");
  fsyncSync(handle);
  closeSync(handle);
  try {
    linkSync(beside, path); // unlike a rename it replaces nothing that has come there since
  } catch {
    refuseExisting(path, kind);
    renameSync(beside, path); // on a file system without hard links
  }
}
