import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { shortSummaries } from "../../report/summary/short.ts";
import { summaryOf } from "../../report/summary/summary.ts";
import { optionalText } from "../arguments.ts";
import { withReader } from "../database.ts";
import { print } from "../terminal/output.ts";
import { shortSummaryText, summaryText } from "../terminal/summary-text.ts";

/** The state of a study in six lines, or of all studies in a line each. */
export const summaryCommand = {
  command: "summary [study]",
  describe: "a study in six lines: is it done, how good is it, what was lost, what now; or all studies",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name [all, in a line each]" })
      .example("$0 summary digits", "what a person asks in the morning"),
  handler: (argv: ArgumentsCamelCase) => {
    const name = optionalText(argv.study);
    const { columns } = process.stdout;
    return withReader(String(argv.db), async (reader) => {
      if (name === undefined) {
        const studies = await shortSummaries(reader);
        if (argv.json) return print(JSON.stringify(studies));
        const [only] = studies;
        if (!only) return print("no study is in this database");
        if (studies.length > 1) return print(shortSummaryText(studies, columns));
        return print(summaryText(await summaryOf(reader, only.study), columns));
      }
      const summary = await summaryOf(reader, name);
      print(argv.json ? JSON.stringify(summary) : summaryText(summary, columns));
    });
  },
} satisfies CommandModule;
