import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { importStudy } from "../../launch/import.ts";
import { optionalText } from "../arguments.ts";
import { databaseFile } from "../database.ts";
import { print, printToStderr } from "../terminal/output.ts";

const text = { type: "string", requiresArg: true } as const;

/** Copies a study from a file of Optuna, or from another database. */
export const importCommand = {
  command: "import <file>",
  describe: "copies a study from a database of Optuna (SQLite), or from another one of Belay",
  builder: (yargs: Argv) =>
    yargs
      .positional("file", { type: "string", describe: "the database to copy from; it is not changed" })
      .option("study", { ...text, describe: "the study in that file [the only one]" })
      .option("name", { ...text, describe: "the name of the new study [as in the file]" })
      .example("$0 import optuna.db --study first --name digits", "later launches can learn from digits"),
  handler: async (argv: ArgumentsCamelCase) => {
    const request = {
      ...{ db: databaseFile(argv), file: String(argv.file) },
      ...{ study: optionalText(argv.study), name: optionalText(argv.name) },
    };
    const summary = await importStudy(request, (event) => {
      if (event.kind === "note") printToStderr(event.text);
    });
    const { study, trials } = summary;
    print(argv.json ? JSON.stringify(summary) : `${study}: ${trials === 1 ? "1 trial" : `${trials} trials`}`);
  },
} satisfies CommandModule;
