import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { auditOf } from "../../report/audit.ts";
import { formatTable } from "../../report/format.ts";
import { count } from "../arguments.ts";
import { withReader } from "../database.ts";
import { print } from "../terminal/output.ts";

/** What people did to a study. */
export const auditCommand = {
  command: "audit <study>",
  describe: "what people did to a study, and what befell it: who, when, and what it was before",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .option("limit", { type: "string", requiresArg: true, describe: "the last N entries [20]" })
      .example("$0 audit digits", "the last 20 entries, the newest first"),
  handler: async (argv: ArgumentsCamelCase) => {
    const limit = count("--limit", argv.limit ?? 20);
    const entries = await withReader(String(argv.db), (reader) => auditOf(reader, String(argv.study), limit));
    if (argv.json) return print(JSON.stringify(entries));
    const columns = (["at", "what", "trial", "who", "text"] as const).map((key) => ({
      key,
      kind: key === "trial" ? ("number" as const) : ("text" as const),
    }));
    const rows = entries.map(({ at, kind, trial, who, text }) => [at, kind, trial, who, text]);
    print(formatTable(columns, rows, process.stdout.columns));
  },
} satisfies CommandModule;
