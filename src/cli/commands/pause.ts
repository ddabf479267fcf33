import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { orderRequest } from "../arguments.ts";
import { orderOptions } from "../options.ts";
import { showAnswer } from "../terminal/answer.ts";

/** Pauses a running study from another terminal. */
export const pauseCommand = {
  command: "pause <study>",
  describe: "starts no new trials in a running study until resume",
  builder: (yargs: Argv) => orderOptions(yargs).example("$0 pause digits", "then: belay resume digits"),
  handler: (argv: ArgumentsCamelCase) =>
    showAnswer(orderRequest(argv, { kind: "pause" }), {
      json: argv.json === true,
      afterwards: "lets it go on",
    }),
} satisfies CommandModule;
