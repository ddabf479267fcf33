import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { orderRequest } from "../arguments.ts";
import { orderOptions } from "../options.ts";
import { showAnswer } from "../terminal/answer.ts";

/** Ends a run from another terminal. */
export const stopCommand = {
  command: "stop <study>",
  describe: "ends a run cleanly, as Ctrl-C in its terminal does",
  builder: (yargs: Argv) => orderOptions(yargs).example("$0 stop digits", "running splits finish first"),
  handler: (argv: ArgumentsCamelCase) =>
    showAnswer(orderRequest(argv, { kind: "stop" }), {
      json: argv.json === true,
      afterwards: "goes on with it",
    }),
} satisfies CommandModule;
