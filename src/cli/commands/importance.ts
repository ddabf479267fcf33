import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { rowLines } from "../../report/format.ts";
import { importanceOf } from "../../report/importance.ts";
import { formatOf, given, optionalText, trialOptions } from "../arguments.ts";
import { withReader } from "../database.ts";
import { trialReportOptions } from "../options.ts";
import { importanceLines } from "../terminal/importance-text.ts";
import { print } from "../terminal/output.ts";

/** Which params matter. */
export const importanceCommand = {
  command: "importance <study>",
  describe: "which params matter: for the value, the time, the memory, or for being killed",
  builder: (yargs: Argv) =>
    trialReportOptions(yargs)
      .option("target", {
        type: "string",
        requiresArg: true,
        describe: "value, values.1, duration, memory or killed [value]",
      })
      .example("$0 importance digits", "which params set the best tenth of the trials apart")
      .example("$0 importance digits --target killed", "which set those apart that a limit ended"),
  handler: async (argv: ArgumentsCamelCase) => {
    const format = formatOf(argv);
    const options = { ...trialOptions(argv), ...given("target", optionalText(argv.target)) };
    const found = await withReader(String(argv.db), (reader) =>
      importanceOf(reader, String(argv.study), options),
    );
    if (format === "json") return print(JSON.stringify(found));
    if (format === "table") return print(importanceLines(found));
    if (format === "ndjson") return print(found.importance.map((each) => JSON.stringify(each)));
    const columns = [
      { key: "param", kind: "text" },
      { key: "importance", kind: "number" },
    ] as const;
    const lines = rowLines(format, columns);
    const rows = found.importance.map(({ param, importance }) => [param, importance]);
    print([...lines.page(rows), ...lines.end()], { exact: format === "csv" });
  },
} satisfies CommandModule;
