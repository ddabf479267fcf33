import { resolve } from "node:path";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, show } from "../core/error.ts";
import type { StudyManifest } from "../core/study.ts";
import { currentIdentity } from "../store/identity.ts";
import type { StudyRow } from "../store/rows.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { sendCommand } from "./control-command.ts";
import { isLive, readStudy, refuseLive } from "./database.ts";
import { runFolder } from "./folder.ts";
import { limitsOf } from "./launch.ts";
import { runOptions } from "./options.ts";
import { prepareRun } from "./prepare.ts";
import { runOwned } from "./session.ts";
import { readOptions } from "./settings.ts";
import { finish, openRunOutput } from "./summary.ts";

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
        describe: "goes on although the study file has changed",
      })
      .example("$0 resume digits --add 10", "ten trials more"),
  handler: resume,
} satisfies CommandModule;

async function resume(argv: ArgumentsCamelCase): Promise<void> {
  const options = readOptions(argv);
  const db = resolve(String(argv.db));
  const study = readStudy(db, String(argv.study));
  if (study.state === "paused" && isLive(db, study) && Object.keys(options).length === 0)
    return sendCommand(argv, "resume", null);
  const trials = target(study, options.trials as number | undefined, argv.add);
  if (argv["dry-run"]) return dryRun(db, study, trials, argv.json === true);
  if (argv.takeover !== true) refuseLive(db, study);
  const output = openRunOutput(argv, db);
  const folder = runFolder();
  try {
    const prepared = await prepareRun({
      ...output.prepare,
      file: study.studyFile,
      options,
      recorded: { ...study.settings, trials: { value: trials, source: trialsSource(study, argv) } },
      name: study.name,
      folder: folder.path,
      db,
      check: (manifest, _settings, codeHash) =>
        compare(study, manifest, codeHash, argv["accept-changes"] === true, output.prepare.note),
    });
    try {
      if (prepared.ready.splitHash !== study.splitHash && argv["accept-changes"] !== true) {
        const now = `${prepared.ready.splitCount} splits with another content`;
        throw new BelayError(
          "study",
          `${study.name}: splits: expected the ${study.splitCount} splits of the launch, got ${now}; values of other splits cannot be compared (--accept-changes goes on all the same)`,
        );
      }
      const store = openStore(db, { durability: prepared.settings.durability });
      try {
        const epoch = await store.claim(study.id, currentIdentity(), { takeover: argv.takeover === true });
        const settled = await store.settle(study.id, epoch);
        for (const number of settled.failed)
          output.shown.note(`trial ${number} failed: interrupted: it has no attempt left`);
        const owned = await store.updateStudy(study.id, epoch, {
          trials,
          codeHash: prepared.codeHash,
          splitHash: prepared.ready.splitHash,
          splitCount: prepared.ready.splitCount,
          maxAttempts: prepared.settings.maxAttempts,
          settings: prepared.sources,
          limits: limitsOf(prepared),
        });
        output.intro(prepared);
        finish(
          await runOwned({ store, study: owned, epoch, prepared, trials }, output.log, output.shown),
          output,
        );
      } finally {
        store.close();
      }
    } finally {
      await prepared.engine.close();
    }
  } catch (error) {
    output.failed(error);
    throw error;
  } finally {
    folder.remove();
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

/** Refuses what cannot be compared with the trials that there are; says what else has changed. */
function compare(
  study: StudyRow,
  manifest: StudyManifest,
  codeHash: string,
  accepted: boolean,
  note: (text: string) => void,
): void {
  const changed = (field: string, was: unknown, is: unknown, meaning: string): void => {
    if (JSON.stringify(was) === JSON.stringify(is)) return;
    throw new BelayError(
      "study",
      `${study.name}: ${field}: expected what the study was launched with, got a change in ${study.studyFile}; ${meaning}: launch it under another --name`,
    );
  };
  changed("directions", study.directions, manifest.directions, "values cannot be compared");
  changed("space", study.space, manifest.space, "params cannot be compared");
  if (codeHash === study.codeHash) return;
  if (accepted) note("the study file's code has changed since its last run: accepted");
  else note("the study file's code has changed since its last run: new values may not compare with old ones");
}

async function dryRun(db: string, study: StudyRow, trials: number, json: boolean): Promise<void> {
  const store: Store = openStore(db);
  try {
    const counts = await store.counts(study.id);
    const finished = counts.complete + counts.pruned + counts.fail;
    const again = counts.waiting + counts.running;
    const fresh = Math.max(0, trials - finished - again);
    if (json)
      process.stdout.write(`${JSON.stringify({ study: study.name, trials, finished, again, new: fresh })}\n`);
    else
      process.stdout.write(
        `${study.name}: ${finished} of ${trials} trials are finished; ${again} would go on, ${fresh} would be new\n`,
      );
  } finally {
    store.close();
  }
}
