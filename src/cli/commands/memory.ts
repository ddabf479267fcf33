import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { formatTable } from "../../report/format.ts";
import { memoryReport } from "../../report/memory/memory.ts";
import { naturalNumber } from "../arguments.ts";
import { withReader } from "../database.ts";
import { memoryChart, verdictLines } from "../terminal/memory-chart.ts";
import { print } from "../terminal/output.ts";

/** The final-memory log of a study: table, chart and verdict. */
export const memoryCommand = {
  command: "memory <study>",
  describe: "the final-memory log, and whether trials leave memory behind",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .option("limit", { type: "string", requiresArg: true, describe: "lists the last N trials [20]" })
      .example("$0 memory digits", "the last 20 trials, a chart of all, and the verdict"),
  handler: async (argv: ArgumentsCamelCase) => {
    const report = await withReader(String(argv.db), (reader) => memoryReport(reader, String(argv.study)));
    if (argv.json) return print(JSON.stringify(report));
    const shown = report.log.slice(-naturalNumber("--limit", argv.limit ?? 20));
    const columns = [
      "trial",
      "state",
      "reason",
      "slot",
      "baseline",
      "peak",
      "final",
      "tensors",
      "source",
    ].map((key, i) => ({ key, kind: (i > 3 && i < 7 ? "bytes" : "text") as "bytes" | "text" }));
    const rows = shown.map((trial) => [
      trial.number,
      trial.state,
      trial.reason,
      trial.slot,
      trial.baselineBytes,
      trial.peakBytes,
      trial.finalBytes,
      trial.tensors,
      trial.source,
    ]);
    const table = formatTable(columns, rows, process.stdout.columns);
    const width = Math.max(10, Math.min(100, (process.stdout.columns ?? 80) - 14));
    const lines = [...table, "", ...memoryChart(report.log, width), "", ...verdictLines(report)];
    print(lines);
  },
} satisfies CommandModule;
