import { resolve } from "node:path";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { formatSize } from "../../core/units.ts";
import { backupDatabase } from "../../sqlite/backup.ts";
import { databaseFile } from "../database.ts";
import { print } from "../terminal/output.ts";

/** Copies the database while studies run. */
export const backupCommand = {
  command: "backup <file>",
  describe: "copies the database, even while studies run",
  builder: (yargs: Argv) =>
    yargs
      .positional("file", { type: "string", describe: "the copy: a new file" })
      .example("$0 backup monday.db", "a checked copy, all of one moment"),
  handler: async (argv: ArgumentsCamelCase) => {
    const target = resolve(String(argv.file));
    const bytes = await backupDatabase(databaseFile(argv), target);
    const text = `${String(argv.file)}: ${formatSize(bytes)}, checked`;
    print(argv.json ? JSON.stringify({ file: target, bytes }) : text);
  },
} satisfies CommandModule;
