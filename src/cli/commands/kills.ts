import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { rowLines } from "../../report/format.ts";
import { kills } from "../../report/kills/kills.ts";
import { formatOf, trialOptions } from "../arguments.ts";
import { withReader } from "../database.ts";
import { trialReportOptions } from "../options.ts";
import { killsLines } from "../terminal/kills-text.ts";
import { print } from "../terminal/output.ts";

/** What was lost, and why. */
export const killsCommand = {
  command: "kills <study>",
  describe: "what was lost to limits and errors, the params that it goes with, and what to do",
  builder: (yargs: Argv) =>
    trialReportOptions(yargs).example("$0 kills digits", "why trials were lost, and where in the space"),
  handler: async (argv: ArgumentsCamelCase) => {
    const format = formatOf(argv);
    const found = await withReader(String(argv.db), (reader) =>
      kills(reader, String(argv.study), trialOptions(argv)),
    );
    if (format === "json") return print(JSON.stringify(found));
    if (format === "table") return print(killsLines(found));
    if (format === "ndjson") return print(found.reasons.map((each) => JSON.stringify(each)));
    const columns = [
      { key: "reason", kind: "text" },
      { key: "count", kind: "number" },
      { key: "share", kind: "number" },
      { key: "timeLostMs", kind: format === "csv" ? "number" : "duration" },
      { key: "pattern", kind: "text" },
      { key: "p", kind: "number" },
    ] as const;
    const lines = rowLines(format, columns);
    const rows = found.reasons.map(({ reason, count, share, timeLostMs, rules }) => {
      const [rule] = rules;
      return [reason, count, share, timeLostMs, rule?.text ?? null, rule?.p ?? null];
    });
    print([...lines.page(rows), ...lines.end()], { exact: format === "csv" });
  },
} satisfies CommandModule;
