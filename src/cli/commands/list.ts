import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { finishedOf } from "../../core/trial.ts";
import { formatTable } from "../../report/format.ts";
import { listStudies } from "../../report/list.ts";
import { withReader } from "../database.ts";
import { print } from "../terminal/output.ts";

/** The studies of a database. */
export const listCommand = {
  command: "list",
  describe: "the studies of a database",
  builder: (yargs: Argv) => yargs.example("$0 list --json", "for scripts"),
  handler: async (argv: ArgumentsCamelCase) => {
    const studies = await withReader(String(argv.db), listStudies);
    if (argv.json) return print(JSON.stringify(studies));
    const columns = ["study", "state", "trials", "complete", "pruned", "fail", "best"].map((key) => ({
      key,
      kind: (key === "study" || key === "state" ? "text" : "number") as "text" | "number",
    }));
    const rows = studies.map(({ study, state, trials, target, best, front }) => {
      const finished = finishedOf(trials);
      return [
        study,
        state,
        `${finished}/${target}`,
        trials.complete,
        trials.pruned,
        trials.fail,
        best?.value ?? (front ? `front of ${front.length}` : trials.complete > 0 ? "none feasible" : null),
      ];
    });
    print(formatTable(columns, rows, process.stdout.columns));
  },
} satisfies CommandModule;
