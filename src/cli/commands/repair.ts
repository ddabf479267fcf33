import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { currentIdentity } from "../../machine/identity.ts";
import { repairDatabase } from "../../sqlite/repair.ts";
import { databaseFile } from "../database.ts";
import { print } from "../terminal/output.ts";
import { repairText } from "../terminal/repair-text.ts";

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
    print(argv.json ? JSON.stringify(done) : repairText(file, done));
    if (done.damage.length > 0 && (done.kept === null || done.damagedStudies.length > 0))
      process.exitCode = 1;
  },
} satisfies CommandModule;
