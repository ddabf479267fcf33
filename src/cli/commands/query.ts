import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { queryLines } from "../../report/query.ts";
import { formatOf, names, naturalNumber, optional, optionalText } from "../arguments.ts";
import { withReader } from "../database.ts";
import { printPages } from "../terminal/output.ts";

const text = { type: "string", requiresArg: true } as const;

/** The trials of a study. */
export const queryCommand = {
  command: "query <study>",
  describe: "the trials of a study, one row each",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .option("state", { ...text, describe: "complete, pruned, fail, waiting, running; several with commas" })
      .option("reason", { ...text, describe: "such as memory-limit or split-timeout; several with commas" })
      .option("where", { ...text, describe: 'such as "value > 0.9 and memory.peak > 2GB"' })
      .option("sort", { ...text, describe: "a column, or column:desc" })
      .option("limit", { ...text, describe: "this many rows at most" })
      .option("offset", { ...text, describe: "leaves out this many rows first" })
      .option("columns", { ...text, describe: "names with commas" })
      .option("format", { ...text, describe: "table, json, ndjson, csv or markdown [table]" })
      .example("$0 query digits --sort value:desc --limit 5", "the five best trials"),
  handler: (argv: ArgumentsCamelCase) => {
    const options = {
      format: formatOf(argv),
      ...given("state", optional(names, "--state", argv.state)),
      ...given("reason", optional(names, "--reason", argv.reason)),
      ...given("columns", optional(names, "--columns", argv.columns)),
      ...given("where", optionalText(argv.where)),
      ...given("sort", optionalText(argv.sort)),
      ...given("limit", optional(naturalNumber, "--limit", argv.limit)),
      ...given("offset", optional(naturalNumber, "--offset", argv.offset)),
      ...given("width", process.stdout.columns || undefined),
    };
    const exact = options.format === "csv";
    return withReader(String(argv.db), (reader) =>
      printPages(queryLines(reader, String(argv.study), options), { exact }),
    );
  },
} satisfies CommandModule;

/** An object with the value if it was given, and an empty one otherwise. */
function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, T>>);
}
