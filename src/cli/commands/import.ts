import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { formatTrials } from "../../core/units.ts";
import { importStudy } from "../../launch/storage/import.ts";
import { names, optional, optionalText } from "../arguments.ts";
import { databaseFile } from "../database.ts";
import { print, printToStderr } from "../terminal/output.ts";

const text = { type: "string", requiresArg: true } as const;

/** Copies a study from a file of Optuna, or from another database. */
export const importCommand = {
  command: "import <file>",
  describe: "copies a study from Optuna (SQLite), from another database, or from a csv or ndjson",
  builder: (yargs: Argv) =>
    yargs
      .positional("file", { type: "string", describe: "the file to copy from; it is not changed" })
      .option("study", { ...text, describe: "the study in that file [the only one]" })
      .option("name", { ...text, describe: "the name of the new study [as in the file]" })
      .option("value-column", {
        ...text,
        describe: "of a csv or ndjson: the column of the value; several with commas",
      })
      .option("direction", { ...text, describe: "minimize or maximize, for each value" })
      .option("params", { ...text, describe: "the columns of the params [all others]" })
      .example("$0 import optuna.db --study first --name digits", "later launches can learn from digits")
      .example(
        "$0 import runs.csv --value-column loss --direction minimize --params lr,units",
        "from a table",
      ),
  handler: async (argv: ArgumentsCamelCase) => {
    const request = {
      ...{ db: databaseFile(argv), file: String(argv.file) },
      ...{ study: optionalText(argv.study), name: optionalText(argv.name) },
      values: optional(names, "--value-column", argv["value-column"]),
      directions: optional(names, "--direction", argv.direction),
      params: optional(names, "--params", argv.params),
    };
    const summary = await importStudy(request, (event) => {
      if (event.kind === "note") printToStderr(event.text);
    });
    const { study, trials } = summary;
    print(argv.json ? JSON.stringify(summary) : `${study}: ${formatTrials(trials)}`);
  },
} satisfies CommandModule;
