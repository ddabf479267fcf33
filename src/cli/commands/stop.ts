import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { order, orderOptions } from "../order.ts";

/** Ends a run from another terminal. */
export const stopCommand = {
  command: "stop <study>",
  describe: "ends a run in good order, as Ctrl-C in its terminal does",
  builder: (yargs: Argv) => orderOptions(yargs).example("$0 stop digits", "running splits finish first"),
  handler: (argv: ArgumentsCamelCase) => order(argv, { kind: "stop" }, "goes on with it"),
} satisfies CommandModule;
