import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError } from "../../core/error.ts";
import { parseDuration } from "../../core/units.ts";
import { thinData } from "../../sqlite/thin.ts";
import { databaseFile, withReader } from "../database.ts";
import { print } from "../terminal/output.ts";

/** Thins old data of studies that are not running; a running study does so itself every hour. */
export const pruneCommand = {
  command: "prune-data",
  describe: "removes old memory readings, routine events and metrics; results, peaks and kills stay",
  builder: (yargs: Argv) =>
    yargs
      .option("older-than", { type: "string", requiresArg: true, describe: "such as 30d" })
      .example("$0 prune-data --older-than 30d", "what happened in the last month stays whole"),
  handler: async (argv: ArgumentsCamelCase) => {
    if (argv["older-than"] === undefined)
      throw new BelayError("usage", "--older-than: expected an age such as 30d, got none");
    const ageMs = parseDuration("--older-than", argv["older-than"]);
    const file = databaseFile(argv);
    await withReader(file, async () => {}); // refuses a file that is missing or damaged, before anything is written
    const pruned = thinData(file, ageMs);
    if (argv.json) print(JSON.stringify(pruned));
    else
      for (const { study, rows } of pruned)
        print(`${study}: ${rows === null ? "runs now, and thins itself" : `${rows} rows thinned`}`);
  },
} satisfies CommandModule;
