import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import type { RunEvent } from "../../launch/events.ts";
import {
  isPaused,
  planResume,
  type ResumePlan,
  type ResumeRequest,
  resumeStudy,
} from "../../launch/resume.ts";
import { readOptions } from "../../launch/settings.ts";
import { learnsFromText } from "../../report/study.ts";
import { count, optional, optionalText, orderRequest, runView, typedWords } from "../arguments.ts";
import { databaseFile } from "../database.ts";
import { enqueued, enqueueOption } from "../enqueue-option.ts";
import { dashboardOptions, runOptions, webhookOption } from "../options.ts";
import { showAnswer } from "../terminal/answer.ts";
import { print, printToStderr } from "../terminal/output.ts";
import { showRun } from "../terminal/run/run-output.ts";

/** Goes on with an existing study. */
export const resumeCommand = {
  command: "resume <study>",
  describe: "goes on with a study until all its trials are done",
  builder: (yargs: Argv) =>
    runOptions(yargs)
      .positional("study", { type: "string", describe: "the study's name" })
      .option("add", {
        type: "string",
        requiresArg: true,
        describe: "this many trials more than planned so far",
      })
      .option("enqueue", enqueueOption)
      .option("webhook", webhookOption)
      .options(dashboardOptions)
      .option("dry-run", {
        type: "boolean",
        default: false,
        describe: "prints what would run, and runs nothing",
      })
      .option("takeover", {
        type: "boolean",
        default: false,
        describe: "takes the study from an owner that has been silent for a minute",
      })
      .option("unpark", {
        type: "boolean",
        default: false,
        describe: "first takes up again the trials that race has stopped and would not stop now",
      })
      .option("accept-changes", {
        type: "boolean",
        default: false,
        describe: "goes on although the study file has changed, where values can still be compared",
      })
      .option("file", {
        type: "string",
        requiresArg: true,
        describe: "where the study file is now, if it was moved or renamed",
      })
      .example("$0 resume digits --add 10", "ten trials more"),
  handler: resume,
} satisfies CommandModule;

async function resume(argv: ArgumentsCamelCase): Promise<void> {
  const request = resumeRequest(argv);
  const early: RunEvent[] = []; // kept until it is clear where they are shown
  const isOnlyPaused = await isPaused(request, (event) => early.push(event));
  if (isOnlyPaused) return showAnswer(orderRequest(argv, { kind: "resume" }), { json: argv.json === true });
  if (argv["dry-run"]) {
    for (const event of early) if (event.kind === "note") printToStderr(event.text);
    const plan = await planResume(request, () => {});
    return print(argv.json ? JSON.stringify(plan) : planText(plan));
  }
  await showRun(runView(argv), (audience) => {
    early.forEach(audience.listen);
    return resumeStudy(request, audience);
  });
}

function resumeRequest(argv: ArgumentsCamelCase): ResumeRequest {
  return {
    options: readOptions(argv),
    db: databaseFile(argv),
    study: String(argv.study),
    add: optional(count, "--add", argv.add),
    enqueue: enqueued(argv.enqueue),
    file: optionalText(argv.file),
    takeover: argv.takeover === true,
    unpark: argv.unpark === true,
    acceptChanges: argv["accept-changes"] === true,
    keepCheckpoints: argv["keep-checkpoints"] === true,
    typed: typedWords(),
  };
}

function planText({ study, trials, finished, again, new: fresh, learnsFrom, stop }: ResumePlan): string {
  const learns = learnsFrom ? `; it learns from ${learnsFromText(learnsFrom)}` : "";
  const why = stop ? `: stop rule ${stop.rule} holds: ${stop.text}` : "";
  return `${study}: ${finished} of ${trials} trials are finished; ${again} would go on, ${fresh} would be new${learns}${why}`;
}
