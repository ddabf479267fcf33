import { resolve } from "node:path";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { formatSize } from "../core/units.ts";
import { backupDatabase } from "../store/backup.ts";
import { commandOn } from "../store/command-line.ts";
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
    const file = databaseFile(argv);
    const done = await repairDatabase(file, currentIdentity(), { takeover: argv.takeover === true });
    print(argv.json ? JSON.stringify(done) : describe(file, done));
    if (done.damage.length > 0 && (done.kept === null || done.hurt.length > 0)) process.exitCode = 1;
  },
} satisfies CommandModule;

/** So many lines of damage tell what has happened. */
const DAMAGE_LINES = 3;

function describe(file: string, { damage, tables, hurt, doubts, kept, settled }: Repaired): string[] {
  const resumes = settled.map(
    (study) => `study ${study}: its coordinator had died; \`${commandOn(file, "resume", study)}\` goes on`,
  );
  if (damage.length === 0) return ["the database is intact", ...resumes];
  const lines = damage.slice(0, DAMAGE_LINES).map((line) => `damaged: ${line}`);
  if (damage.length > DAMAGE_LINES) lines.push("damaged: and more");
  if (kept === null)
    return [...lines, "nothing of it can be read: the file is left as it is; a backup is what can help now"];
  for (const { table, saved, lost, emptied } of tables) {
    const notes = [
      lost > 0 ? `, ${lost} lost` : "",
      emptied > 0 ? `, ${emptied} of them without a text` : "",
    ];
    if (saved + lost > 0) lines.push(`  ${table}: ${saved} rows saved${notes.join("")}`);
  }
  for (const { name, lost } of hurt)
    lines.push(
      `study ${name}: could not be saved whole: ${lost.join(", ")} lost, and made up from its trials`,
    );
  for (const doubt of doubts) lines.push(`in doubt: ${doubt}`);
  lines.push(`the damaged file is kept as ${kept}`);
  return [...lines, ...resumes];
}
