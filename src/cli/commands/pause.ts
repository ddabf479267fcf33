import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { order, orderOptions } from "../order.ts";

/** Holds a running study up from another terminal. */
export const pauseCommand = {
  command: "pause <study>",
  describe: "starts no new trials in a running study until resume",
  builder: (yargs: Argv) => orderOptions(yargs).example("$0 pause digits", "then: belay resume digits"),
  handler: (argv: ArgumentsCamelCase) => order(argv, { kind: "pause" }, "lets it go on"),
} satisfies CommandModule;
