import type { ArgumentsCamelCase } from "yargs";
import * as databases from "../launch/storage/databases.ts";
import { realFile } from "../machine/real-file.ts";
import type { Reader } from "../store/reader.ts";
import { printToStderr } from "./terminal/output.ts";

/** The database of a command, without symbolic links, because Belay keeps its other files beside the file itself. */
export function databaseFile(argv: ArgumentsCamelCase): string {
  return realFile(String(argv.db));
}

/** Reads from a database and closes it, whatever happens. A line on stderr says so when a copy is read. */
export function withReader<T>(file: string, read: (reader: Reader) => Promise<T>): Promise<T> {
  return databases.withReader(file, read, printToStderr);
}
