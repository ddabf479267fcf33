import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { type Cell, exactJson, linesOf, objectLines, rowLines } from "../../report/format.ts";
import { toObjects } from "../../report/sql.ts";
import { formatOf } from "../arguments.ts";
import { withReader } from "../database.ts";
import { printPages } from "../terminal/output.ts";

/** Runs a SELECT of the user's on the database. */
export const sqlCommand = {
  command: "sql <select>",
  describe: "read-only SQL over the database",
  builder: (yargs: Argv) =>
    yargs
      .positional("select", { type: "string", describe: "one SELECT" })
      .option("format", {
        type: "string",
        requiresArg: true,
        describe: "table, json, ndjson, csv or markdown [table]",
      })
      .example('$0 sql "select max(value) from trial_results"', "whatever SQL can ask"),
  handler: (argv: ArgumentsCamelCase) => {
    const format = formatOf(argv);
    return withReader(String(argv.db), async (reader) => {
      const { columns, pages } = await reader.sql(String(argv.select));
      if (format === "json" || format === "ndjson") {
        const toObject = toObjects(columns);
        return printPages(
          linesOf(
            objectLines(format, (row: readonly Cell[]) => exactJson(toObject(row))),
            pages,
          ),
        );
      }
      const headings = columns.map((key) => ({ key, kind: "exact" as const }));
      const lines = linesOf(rowLines(format, headings, process.stdout.columns), pages);
      return printPages(lines, { exact: format === "csv" });
    });
  },
} satisfies CommandModule;
