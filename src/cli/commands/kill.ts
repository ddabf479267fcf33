import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { orderRequest, trialNumber } from "../arguments.ts";
import { orderOptions } from "../options.ts";
import { showAnswer } from "../terminal/answer.ts";

/** Ends one trial of a running study from another terminal. */
export const killCommand = {
  command: "kill <study> <number>",
  describe: "ends one running trial: it fails as stopped",
  builder: (yargs: Argv) =>
    orderOptions(yargs)
      .positional("number", { type: "string", describe: "the trial's number" })
      .example("$0 kill digits 7", "trial 7 ends now"),
  handler: (argv: ArgumentsCamelCase) =>
    showAnswer(orderRequest(argv, { kind: "kill", number: trialNumber(argv.number) }), {
      json: argv.json === true,
    }),
} satisfies CommandModule;
