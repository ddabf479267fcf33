import { resolve } from "node:path";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { formatSize } from "../core/limits.ts";
import { backupDatabase } from "../store/backup.ts";
import { currentIdentity } from "../store/identity.ts";
import { type Repaired, repairDatabase } from "../store/repair.ts";
import { databaseFile } from "./database.ts";
import { print } from "./terminal/output.ts";

/** Copies the database while studies run. */
export const backupCommand = {
  command: "backup <file>",
  describe: "copies the database, also while studies run",
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

/** Checks the database, and saves what can be read of a damaged one. */
export const repairCommand = {
  command: "repair",
  describe: "checks the database; saves what can be read of a damaged one, and puts dead runs in order",
  builder: (yargs: Argv) =>
    yargs
      .option("takeover", {
        type: "boolean",
        default: false,
        describe: "takes studies from owners that have been silent for a minute",
      })
      .example("$0 repair", "after a disk has failed"),
  handler: async (argv: ArgumentsCamelCase) => {
    const done = await repairDatabase(databaseFile(argv), currentIdentity(), {
      takeover: argv.takeover === true,
    });
    print(argv.json ? JSON.stringify(done) : describe(done));
  },
} satisfies CommandModule;

function describe({ damage, tables, kept, settled }: Repaired): string[] {
  const lines = damage.length === 0 ? ["the database is intact"] : [`damaged: ${damage[0]}`];
  for (const { table, saved, lost } of tables)
    if (saved + lost > 0) lines.push(`  ${table}: ${saved} rows saved${lost > 0 ? `, ${lost} lost` : ""}`);
  if (kept) lines.push(`the damaged file is kept as ${kept}`);
  for (const study of settled)
    lines.push(`study ${study}: its coordinator had died; belay resume ${study} goes on`);
  return lines;
}
