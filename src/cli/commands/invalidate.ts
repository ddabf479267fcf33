import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { optionalText, orderRequest, trialNumber } from "../arguments.ts";
import { orderOptions } from "../options.ts";
import { showAnswer } from "../terminal/answer.ts";

/** Makes a finished trial count for nothing, because a person knows it to be wrong. */
export const invalidateCommand = {
  command: "invalidate <study> <number>",
  describe: "a finished trial counts for nothing from now on: not for the sampler, nor for best and reports",
  builder: (yargs: Argv) =>
    orderOptions(yargs)
      .positional("number", { type: "string", describe: "the trial's number" })
      .option("reason", { type: "string", requiresArg: true, describe: "what is wrong with it, in words" })
      .option("undo", { type: "boolean", default: false, describe: "the trial counts again" })
      .example(`$0 invalidate digits 7 --reason "the disk was full"`, "trial 7 stays on record only"),
  handler: (argv: ArgumentsCamelCase) => {
    const reason = optionalText(argv.reason) ?? null;
    const order = { number: trialNumber(argv.number), undo: argv.undo === true, reason };
    return showAnswer(orderRequest(argv, { kind: "invalidate", ...order }), { json: argv.json === true });
  },
} satisfies CommandModule;
