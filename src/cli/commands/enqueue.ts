import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { readEnqueued } from "../../launch/enqueued.ts";
import { orderRequest, typedWords } from "../arguments.ts";
import { orderOptions } from "../options.ts";
import { showAnswer } from "../terminal/answer.ts";

/** Adds trials of given params to a study. */
export const enqueueCommand = {
  command: "enqueue <study> <params..>",
  describe: "has trials of these params run next, in a running study too",
  builder: (yargs: Argv) =>
    orderOptions(yargs)
      .positional("params", {
        type: "string",
        array: true,
        describe: "params as JSON, or a file of JSON lines; those left out are chosen by the sampler",
      })
      .option("add", {
        type: "boolean",
        default: false,
        describe:
          "adds to the study's total; without it they take the place of trials that would be proposed",
      })
      .example(`$0 enqueue digits '{"learningRate":0.01}'`, "this trial runs next"),
  handler: (argv: ArgumentsCamelCase) => {
    const texts = (argv.params as string[]).map(String);
    const enqueued = texts.flatMap((text) => readEnqueued("params", text));
    const order = { kind: "enqueue", enqueued, add: argv.add === true } as const;
    const request = { ...orderRequest(argv, order), typed: typedWords() };
    return showAnswer(request, { json: argv.json === true });
  },
} satisfies CommandModule;
