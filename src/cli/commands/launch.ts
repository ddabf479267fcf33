import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { type LaunchRequest, launchStudy } from "../../launch/launch.ts";
import { readOptions } from "../../launch/settings.ts";
import { optionalText, runView, typedWords } from "../arguments.ts";
import { databaseFile } from "../database.ts";
import { enqueued, enqueueOption } from "../enqueue-option.ts";
import { dashboardOptions, learnFromOption, runOptions, webhookOption } from "../options.ts";
import { showRun } from "../terminal/run/run-output.ts";

/** Creates a study and runs it. */
export const launchCommand = {
  command: "launch <study-file>",
  describe: "creates a study and runs it",
  builder: (yargs: Argv) =>
    runOptions(yargs)
      .positional("study-file", { type: "string", describe: "the study, in TypeScript or JavaScript" })
      .option("name", { type: "string", requiresArg: true, describe: "the study's name [the study file's]" })
      .option("seed", {
        type: "string",
        requiresArg: true,
        describe: "makes the run repeatable [random, recorded]",
      })
      .option("sampler", {
        type: "string",
        requiresArg: true,
        describe: "proposes params, such as tpe or 'tpe(startupTrials=20)' [auto]",
      })
      .option("learn-from", learnFromOption)
      .option("pruner", {
        type: "string",
        requiresArg: true,
        describe:
          "judges running trials, such as none or 'percentile(q=25)' [race for three splits and more, else none]",
      })
      .option("deterministic", {
        type: "string",
        describe:
          "trial n sees the outcomes up to n - LAG, so that any number of workers gives the same trials [LAG 8]",
      })
      .option("enqueue", enqueueOption)
      .option("webhook", webhookOption)
      .options(dashboardOptions)
      .example("$0 launch studies/digits.ts --trials 20 --workers 2", "20 trials, two at a time"),
  handler: async (argv: ArgumentsCamelCase) => {
    const request = launchRequest(argv);
    await showRun(runView(argv), (audience) => launchStudy(request, audience));
  },
} satisfies CommandModule;

function launchRequest(argv: ArgumentsCamelCase): LaunchRequest {
  return {
    options: readOptions(argv),
    db: databaseFile(argv),
    file: String(argv["study-file"]),
    name: optionalText(argv.name),
    enqueue: enqueued(argv.enqueue),
    learnFrom: optionalText(argv["learn-from"]),
    keepCheckpoints: argv["keep-checkpoints"] === true,
    typed: typedWords(),
  };
}
