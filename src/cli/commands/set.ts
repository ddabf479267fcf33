import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { orderRequest } from "../arguments.ts";
import { orderOptions } from "../options.ts";
import { showAnswer } from "../terminal/answer.ts";

/** Changes a running study from another terminal. */
export const setCommand = {
  command: "set <study> <changes..>",
  describe: "changes a running study: workers, trials, splitTimeout, trialTimeout, memory, reserve",
  builder: (yargs: Argv) =>
    orderOptions(yargs)
      .positional("changes", { type: "string", array: true, describe: "key=value" })
      .example("$0 set digits workers=4 splitTimeout=2m", "four trials at a time, two minutes a split"),
  handler: (argv: ArgumentsCamelCase) =>
    showAnswer(orderRequest(argv, { kind: "set", changes: (argv.changes as string[]).map(String) }), {
      json: argv.json === true,
    }),
} satisfies CommandModule;
