import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { trialNumber } from "../arguments.ts";
import { order, orderOptions } from "../order.ts";

/** Ends one trial of a running study from another terminal. */
export const killCommand = {
  command: "kill <study> <number>",
  describe: "ends one running trial: it fails as stopped",
  builder: (yargs: Argv) =>
    orderOptions(yargs)
      .positional("number", { type: "string", describe: "the trial's number" })
      .example("$0 kill digits 7", "trial 7 ends now"),
  handler: (argv: ArgumentsCamelCase) => order(argv, { kind: "kill", number: trialNumber(argv.number) }),
} satisfies CommandModule;
