import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { order, orderOptions } from "../order.ts";

/** Changes a running study from another terminal. */
export const setCommand = {
  command: "set <study> <changes..>",
  describe: "changes a running study: workers, trials, splitTimeout, trialTimeout, memory, reserve",
  builder: (yargs: Argv) =>
    orderOptions(yargs)
      .positional("changes", { type: "string", array: true, describe: "key=value" })
      .example("$0 set digits workers=4 splitTimeout=2m", "four trials at a time, two minutes a split"),
  handler: (argv: ArgumentsCamelCase) =>
    order(argv, { kind: "set", changes: (argv.changes as string[]).map(String) }),
} satisfies CommandModule;
