import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError } from "../../core/error.ts";
import type { Format } from "../../report/format.ts";
import { queryLines } from "../../report/query/query.ts";
import type { QueryOptions } from "../../report/query/selection.ts";
import {
  count,
  formatOf,
  given,
  names,
  naturalNumber,
  optional,
  optionalText,
  trialOptions,
} from "../arguments.ts";
import { withReader } from "../database.ts";
import { trialReportOptions } from "../options.ts";
import { print, printPages } from "../terminal/output.ts";

const text = { type: "string", requiresArg: true } as const;

/** The trials of a study. */
export const queryCommand = {
  command: "query <study>",
  describe: "the trials of a study, one row each",
  builder: (yargs: Argv) =>
    trialReportOptions(yargs)
      .option("sort", { ...text, describe: "a column, or column:desc" })
      .option("limit", { ...text, describe: "this many rows at most" })
      .option("offset", { ...text, describe: "leaves out this many rows first" })
      .option("columns", { ...text, describe: "names with commas" })
      .option("group-by", {
        ...text,
        describe: "one row per value or bin of these columns; several with commas",
      })
      .option("agg", { ...text, describe: "figures of each group, such as count,mean,q90,max(memory.peak)" })
      .option("bins", { ...text, describe: "divides numbers to group by into this many bins [4]" })
      .option("plot", { ...text, describe: "draws two columns as points, such as units,value" })
      .example("$0 query digits --sort value:desc --limit 5", "the five best trials")
      .example("$0 query digits --group-by optimizer,units", "how values differ between params"),
  handler: (argv: ArgumentsCamelCase) => {
    const options = {
      format: formatOf(argv),
      ...trialOptions(argv),
      ...given("sort", optionalText(argv.sort)),
      ...given("limit", optional(naturalNumber, "--limit", argv.limit)),
      ...given("offset", optional(naturalNumber, "--offset", argv.offset)),
      ...given("width", process.stdout.columns || undefined),
    };
    const columns = optional(names, "--columns", argv.columns);
    const groups = groupOptions(argv);
    if (groups && columns)
      throw new BelayError("usage", "--columns: expected either --columns or --group-by, got both");
    const study = String(argv.study);
    const plotted = plotOptions(argv, options.format);
    if (plotted) return plot(argv, plotted, options);
    return withReader(String(argv.db), async (reader) => {
      const lines = groups
        ? // Loaded only here, because most queries have no groups and end within milliseconds.
          (await import("../../report/query/groups.ts")).groupLines(reader, study, { ...options, ...groups })
        : queryLines(reader, study, { ...options, ...given("columns", columns) });
      return printPages(lines, { exact: options.format === "csv" });
    });
  },
} satisfies CommandModule;

/** How to group the trials; null: they are not grouped. @throws BelayError `usage`: an option without `--group-by`. */
function groupOptions(argv: ArgumentsCamelCase) {
  const groupBy = optional(names, "--group-by", argv["group-by"]);
  const agg = optional(names, "--agg", argv.agg);
  const bins = optional(count, "--bins", argv.bins);
  if (groupBy) return { groupBy, ...given("agg", agg), ...given("bins", bins) };
  for (const [option, value] of Object.entries({ agg, bins }))
    if (value !== undefined)
      throw new BelayError("usage", `--${option}: expected --group-by beside it, got none`);
  return null;
}

/** The columns to plot; null: nothing is plotted. @throws BelayError `usage`: an option that does not go with it. */
function plotOptions(argv: ArgumentsCamelCase, format: Format): string[] | null {
  const columns = optional(names, "--plot", argv.plot);
  if (!columns) return null;
  for (const option of ["columns", "group-by"])
    if (argv[option] !== undefined)
      throw new BelayError("usage", `--plot: expected no --${option} beside it, got both`);
  if (format === "table") return columns;
  const instead = `--columns ${columns.join(",")} has the numbers`;
  throw new BelayError("usage", `--plot: expected a plot for people, got the format ${format}; ${instead}`);
}

const PLOT = { columns: 80, lines: 16, least: 6 };

async function plot(argv: ArgumentsCamelCase, columns: string[], options: QueryOptions): Promise<void> {
  // Loaded only here, because most queries draw nothing and end within milliseconds.
  const { readPoints } = await import("../../report/query/points.ts");
  const { scatterLines } = await import("../terminal/plot/scatter.ts");
  const { glyphsFor } = await import("../terminal/plot/glyphs.ts");
  const points = await withReader(String(argv.db), (reader) =>
    readPoints(reader, String(argv.study), columns, options),
  );
  const { columns: width = PLOT.columns, rows = PLOT.lines + 6 } = process.stdout;
  const lines = Math.max(PLOT.least, Math.min(PLOT.lines, rows - 6));
  print(scatterLines(points, glyphsFor(process.env), { columns: width, lines }));
}
