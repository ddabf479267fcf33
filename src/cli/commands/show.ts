import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { type StudyDetailJson, showStudy, showTrial } from "../../report/show.ts";
import { naturalNumber } from "../arguments.ts";
import { withReader } from "../database.ts";
import { print } from "../terminal/output.ts";
import { glyphsFor } from "../terminal/plot/glyphs.ts";
import { historyLines } from "../terminal/plot/history.ts";
import { studyText } from "../terminal/study-text.ts";
import { trialText } from "../terminal/trial-text.ts";

/** A study, or one of its trials. */
export const showCommand = {
  command: "show <study> [number]",
  describe: "a study, or one of its trials with attempts, splits, memory and error",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .positional("number", { type: "string", describe: "the trial's number" })
      .example("$0 show digits 3", "everything about trial 3"),
  handler: (argv: ArgumentsCamelCase) => {
    return withReader(String(argv.db), async (reader) => {
      const name = String(argv.study);
      if (argv.number === undefined) {
        const study = await showStudy(reader, name);
        print(argv.json ? JSON.stringify(study) : studyText(study, pictureOf(study)));
      } else {
        const trial = await showTrial(reader, name, naturalNumber("number", argv.number));
        print(argv.json ? JSON.stringify(trial) : trialText(trial));
      }
    });
  },
} satisfies CommandModule;

const PICTURE = { widest: 80, lines: 6 };

/** How the best value came along. */
function pictureOf({ bestHistory }: StudyDetailJson): string[] {
  const columns = Math.min(process.stdout.columns ?? PICTURE.widest, PICTURE.widest);
  return bestHistory
    ? historyLines(bestHistory, glyphsFor(process.env), { columns, lines: PICTURE.lines })
    : [];
}
