import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { type CheckRequest, checkStudy } from "../../launch/check/check.ts";
import { parseParams } from "../../launch/enqueued.ts";
import type { RunEvent } from "../../launch/events.ts";
import { readOptions } from "../../launch/settings.ts";
import { optionalText } from "../arguments.ts";
import { databaseFile } from "../database.ts";
import { learnFromOption, runOptions } from "../options.ts";
import { checkText } from "../terminal/check-text.ts";
import { print, printToStderr } from "../terminal/output.ts";
import { openLog } from "../terminal/run/log.ts";

const EXIT_PROBLEMS = 1;

/** Checks a study before it is run: its space, its splits, one split that really runs, and what the whole study will take. */
export const checkCommand = {
  command: "check <study-file>",
  describe: "validates a study and runs one split of it; no database is written",
  builder: (yargs: Argv) =>
    runOptions(yargs)
      .positional("study-file", { type: "string", describe: "the study, in TypeScript or JavaScript" })
      .option("params", {
        type: "string",
        requiresArg: true,
        describe: "for the split that runs, as JSON [the study's defaults, else the middle of the space]",
      })
      .option("seed", { type: "string", requiresArg: true, describe: "the study's seed [0]" })
      .option("sampler", {
        type: "string",
        requiresArg: true,
        describe: "proposes params, such as tpe or 'tpe(startupTrials=20)' [auto]",
      })
      .option("learn-from", learnFromOption)
      .option("pruner", {
        type: "string",
        requiresArg: true,
        describe:
          "judges running trials, such as none or 'percentile(q=25)' [race for three splits and more, else none]",
      })
      .example(
        "$0 check studies/digits.ts --trials 200 --workers 4",
        "what would 200 trials on 4 workers take?",
      ),
  handler: check,
} satisfies CommandModule;

async function check(argv: ArgumentsCamelCase): Promise<void> {
  const request = checkRequest(argv);
  const report = await checkStudy(request, listener(argv, request.db));
  print(argv.json === true ? JSON.stringify(report) : checkText(report));
  if (!report.ok) process.exitCode = EXIT_PROBLEMS;
}

function checkRequest(argv: ArgumentsCamelCase): CheckRequest {
  return {
    options: readOptions(argv),
    db: databaseFile(argv),
    file: String(argv["study-file"]),
    learnFrom: optionalText(argv["learn-from"]),
    params: argv.params === undefined ? undefined : parseParams("--params", String(argv.params)),
  };
}

/** Passes events to people, and to a log only if one was asked for, because a check leaves no files behind. */
function listener(argv: ArgumentsCamelCase, db: string): (event: RunEvent) => void {
  const say = (text: string): void => {
    if (argv.quiet !== true && argv.log !== "-") printToStderr(text);
  };
  const log = argv.log === undefined ? null : openLog(String(argv.log), String(argv["log-level"]), db, say);
  const tell = (text: string): void => {
    log?.info(text);
    say(text);
  };
  return (event) => {
    if (event.kind === "note") tell(event.text);
    else if (event.kind === "output") tell(`study: ${event.text}`);
    else if (event.kind === "brake" && event.on) tell("memory reserve reached");
  };
}
