import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError } from "../../core/error.ts";
import { unparkedText } from "../../launch/outcome-text.ts";
import { type BestTrialJson, bestTrials } from "../../report/best.ts";
import { humanCell } from "../../report/format.ts";
import { noBest } from "../../report/losses.ts";
import { numbers, optional } from "../arguments.ts";
import { withReader } from "../database.ts";
import { hypervolumeText } from "../terminal/hypervolume-text.ts";
import { modelBestText } from "../terminal/model-best-text.ts";
import { noBestText } from "../terminal/no-best-text.ts";
import { print } from "../terminal/output.ts";

/** The best trial of a study. */
export const bestCommand = {
  command: "best <study>",
  describe: "the best trial, params ready to paste; with several directions the Pareto front",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .option("reference", {
        type: "string",
        requiresArg: true,
        describe: "up to where the hypervolume is measured: a value for each direction, with commas",
      })
      .example("$0 best digits --json", "for scripts"),
  handler: async (argv: ArgumentsCamelCase) => {
    const [name, file] = [String(argv.study), String(argv.db)];
    const reference = optional(numbers, "--reference", argv.reference);
    const found = await withReader(file, (reader) => bestTrials(reader, name, reference));
    if (argv.json) print(JSON.stringify(found));
    const trials = found.front ?? (found.best ? [found.best] : []);
    if (trials.length === 0) {
      const why = await withReader(file, (reader) => noBest(reader, name));
      const { lacks, text } = noBestText(file, name, why);
      throw new BelayError("store", `best: study ${name} has no ${lacks} trial: ${text}`);
    }
    if (argv.json) return;
    print([
      ...trials.map(trialText),
      ...(found.modelBest ? [modelBestText(trials[0]!, found.modelBest)] : []),
      ...(found.hypervolume ? [hypervolumeText(found.hypervolume)] : []),
    ]);
  },
} satisfies CommandModule;

function trialText({ number, values, params, unparked }: BestTrialJson): string {
  const figures = values.map((value) => humanCell(value, "number")).join(", ");
  return `trial ${number}: ${figures}${unparked ? ` (${unparkedText(unparked)})` : ""}\n${JSON.stringify(params, null, 2)}`;
}
