import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { compareStudies } from "../../report/compare/compare.ts";
import { withReader } from "../database.ts";
import { compareText } from "../terminal/compare-text.ts";
import { print } from "../terminal/output.ts";

/** Two studies or more, side by side. */
export const compareCommand = {
  command: "compare <studies..>",
  describe: "studies side by side, and whether one is better or that is noise",
  builder: (yargs: Argv) =>
    yargs
      .positional("studies", { type: "string", array: true, describe: "the names of two studies or more" })
      .example("$0 compare digits digits-2", "each is compared with the first"),
  handler: async (argv: ArgumentsCamelCase) => {
    const names = (argv.studies as unknown[]).map(String);
    const found = await withReader(String(argv.db), (reader) => compareStudies(reader, names));
    print(argv.json ? JSON.stringify(found) : compareText(found, process.stdout.columns));
  },
} satisfies CommandModule;
