import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, show } from "../../core/error.ts";
import { finishedOf } from "../../core/trial.ts";
import { checkpointCleaner, studyCheckpoints } from "../../launch/checkpoints.ts";
import { type PreparedRun, prepareRun } from "../../launch/prepare.ts";
import { runFolder } from "../../launch/run-folder.ts";
import { readOptions } from "../../launch/settings.ts";
import { summarize } from "../../report/list.ts";
import { currentIdentity } from "../../store/identity.ts";
import type { StudyRow } from "../../store/records.ts";
import { openStore } from "../../store/sqlite.ts";
import { acceptChanges, type Change, declaredChanges, splitChanges } from "../changes.ts";
import { sendCommand } from "../control-command.ts";
import { checkDatabase, databaseFile, isLive, reading, readStudy, warnOfNetwork } from "../database.ts";
import { runOptions } from "../options.ts";
import { runOwned, withResume } from "../session.ts";
import { complain, print } from "../terminal/output.ts";
import { finish, openRunOutput, type RunOutput } from "../terminal/run-output.ts";
import { fileToResume, refuseLive } from "../whereabouts.ts";
import { limitsOf } from "./launch.ts";

/** Goes on with an existing study. */
export const resumeCommand = {
  command: "resume <study>",
  describe: "goes on with a study until its target",
  builder: (yargs: Argv) =>
    runOptions(yargs)
      .positional("study", { type: "string", describe: "the study's name" })
      .option("add", {
        type: "string",
        requiresArg: true,
        describe: "this many trials more than there are to be now",
      })
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
  const options = readOptions(argv);
  const db = databaseFile(argv);
  const upgraded: string[] = [];
  const takeover = argv.takeover === true;
  checkDatabase(db, (text) => upgraded.push(text), { takeover });
  const study = readStudy(db, String(argv.study));
  const asked = Object.keys(options).length > 0 || argv.file !== undefined;
  if (study.state === "paused" && isLive(db, study) && !asked) return sendCommand(argv, "resume", null);
  const trials = target(study, options.trials as number | undefined, argv.add);
  if (argv["dry-run"]) {
    upgraded.forEach(complain);
    return dryRun(db, study, trials, argv.json === true);
  }
  refuseLive(db, study, takeover);
  const file = fileToResume(study, db, argv.file);
  const output = openRunOutput(argv, db);
  upgraded.forEach(output.prepare.note);
  warnOfNetwork(db, output.prepare.note);
  const folder = runFolder();
  const accepted: string[] = [];
  const accept = (changes: readonly Change[]): void => {
    for (const text of acceptChanges(study, file, changes, argv["accept-changes"] === true, db)) {
      accepted.push(text);
      output.prepare.note(text);
    }
  };
  try {
    const prepared = await prepareRun({
      ...output.prepare,
      file,
      fileBefore: study.studyFile,
      options,
      recorded: { ...study.settings, trials: { value: trials, source: trialsSource(study, argv) } },
      name: study.name,
      folder: folder.path,
      db,
      check: (manifest, _settings, codeHash) => accept(declaredChanges(study, manifest, codeHash)),
    });
    try {
      accept(splitChanges(study, prepared.ready));
    } catch (error) {
      await prepared.engine.close();
      throw error;
    }
    const keepCheckpoints = argv["keep-checkpoints"] === true;
    await goOn({ db, study, trials, prepared, accepted, keepCheckpoints, takeover, output });
  } catch (error) {
    throw output.failed(error);
  } finally {
    folder.remove();
  }
}

/** What a resumed run goes on with. */
interface Resumed {
  readonly db: string;
  readonly study: StudyRow;
  readonly trials: number;
  readonly prepared: PreparedRun;
  /** What has changed since the last run, in words. */
  readonly accepted: readonly string[];
  readonly keepCheckpoints: boolean;
  readonly takeover: boolean;
  readonly output: RunOutput;
}

/** Claims the study, settles what a dead coordinator left, and runs it. */
async function goOn(resumed: Resumed): Promise<void> {
  const { db, study, trials, prepared, accepted, keepCheckpoints, takeover, output } = resumed;
  try {
    const store = openStore(db, { durability: prepared.settings.durability });
    try {
      const owned = await store.claim(study.id, currentIdentity(), { takeover });
      const settled = await owned.settle();
      for (const number of settled.failed)
        output.shown.note(`trial ${number} failed: interrupted: it has no attempt left`);
      const changed = await owned.update({
        trials,
        codeHash: prepared.codeHash,
        studyFile: prepared.file,
        space: prepared.manifest.space,
        splitHash: prepared.ready.splitHash,
        splitCount: prepared.ready.splitCount,
        maxAttempts: prepared.settings.maxAttempts,
        settings: prepared.sources,
        limits: limitsOf(prepared),
      });
      // What other code has saved would mislead this one.
      if (prepared.codeHashBefore !== study.codeHash)
        checkpointCleaner(studyCheckpoints(db, study.name), false).sweep([]);
      if (prepared.file !== study.studyFile) {
        const moved = { from: study.studyFile, to: prepared.file };
        await owned.event("moved", null, moved);
        output.prepare.note(`study file: ${moved.to}, was ${moved.from}`);
      }
      if (accepted.length > 0) {
        const codeHash = { from: study.codeHash, to: prepared.codeHash };
        await owned.event("changes", null, { accepted, codeHash });
      }
      const run = { store, owned, study: changed, prepared, trials, keepCheckpoints };
      finish(await runOwned(run, output), output);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw withResume(error, db, study.name);
  } finally {
    await prepared.engine.close();
  }
}

/** The new total: `--trials`, or `--add` to the old one. */
function target(study: StudyRow, total: number | undefined, add: unknown): number {
  if (total !== undefined && add !== undefined)
    throw new BelayError("usage", "expected either --trials or --add, got both");
  if (add === undefined) return total ?? study.trials;
  const more = Number(add);
  if (!Number.isSafeInteger(more) || more < 1)
    throw new BelayError("usage", `--add: expected a whole number of at least 1, got ${show(add)}`);
  return study.trials + more;
}

function trialsSource(study: StudyRow, argv: ArgumentsCamelCase): string {
  return argv.trials !== undefined || argv.add !== undefined
    ? "command line"
    : (study.settings.trials?.source ?? "default");
}

function dryRun(db: string, study: StudyRow, trials: number, json: boolean): void {
  const counts = reading(db, (file) => summarize(file, study)).trials;
  const finished = finishedOf(counts);
  const again = counts.waiting + counts.running;
  const fresh = Math.max(0, trials - finished - again);
  const plan = { study: study.name, trials, finished, again, new: fresh };
  const text = `${study.name}: ${finished} of ${trials} trials are finished; ${again} would go on, ${fresh} would be new`;
  print(json ? JSON.stringify(plan) : text);
}
