import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, show } from "../../core/error.ts";
import { isName, NAME_RULE } from "../../core/name.ts";
import type { Params } from "../../core/space/space.ts";
import { type PreparedRun, prepareRun } from "../../launch/prepare.ts";
import { runFolder } from "../../launch/run-folder.ts";
import { fixedSplitTimeout, readOptions } from "../../launch/settings.ts";
import { pruners } from "../../pruner/registry.ts";
import { samplers } from "../../sampler/registry.ts";
import { commandLine, typedPath } from "../../store/command-line.ts";
import { currentIdentity } from "../../store/identity.ts";
import { openStore } from "../../store/sqlite.ts";
import { checkDatabase, databaseFile, studyExists, warnOfNetwork } from "../database.ts";
import { runOptions } from "../options.ts";
import { readEnqueued, runOwned, withResume } from "../session.ts";
import { adviceOnTakenName } from "../terminal/advice.ts";
import { finish, openRunOutput, type RunOutput } from "../terminal/run-output.ts";
import { splitWarning } from "../terminal/splits-text.ts";

/** Creates a study and runs it. */
export const launchCommand = {
  command: "launch <study-file>",
  describe: "creates a study and runs it",
  builder: (yargs: Argv) =>
    runOptions(yargs)
      .positional("study-file", { type: "string", describe: "the study, in TypeScript or JavaScript" })
      .option("name", { type: "string", requiresArg: true, describe: "the study's name [the study file's]" })
      .option("seed", {
        type: "string",
        requiresArg: true,
        describe: "makes the run repeatable [random, recorded]",
      })
      .option("sampler", {
        type: "string",
        requiresArg: true,
        describe: "proposes params [tpe]; options in brackets",
      })
      .option("pruner", {
        type: "string",
        requiresArg: true,
        describe: "judges running trials [none]; likewise",
      })
      .option("deterministic", {
        type: "string",
        describe:
          "trial n sees the outcomes up to n - LAG, so that any number of workers gives the same trials [LAG 8]",
      })
      .option("enqueue", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "params to try first, as JSON; may be repeated",
      })
      .example("$0 launch studies/digits.ts --trials 20 --workers 2", "20 trials, two at a time"),
  handler: launch,
} satisfies CommandModule;

async function launch(argv: ArgumentsCamelCase): Promise<void> {
  const options = readOptions(argv);
  const db = databaseFile(argv);
  const name = argv.name === undefined ? undefined : studyName(String(argv.name));
  const upgraded: string[] = [];
  checkDatabase(db, (text) => upgraded.push(text));
  const output = openRunOutput(argv, db);
  upgraded.forEach(output.prepare.note);
  warnOfNetwork(db, output.prepare.note);
  const folder = runFolder();
  try {
    const prepared = await prepareRun({
      ...output.prepare,
      file: String(argv["study-file"]),
      options,
      name,
      folder: folder.path,
      db,
      inspect: "faults",
      check(manifest, settings) {
        samplers.make(`${argv["study-file"]}: sampler`, settings.sampler);
        pruners.make(`${argv["study-file"]}: pruner`, settings.pruner);
        readEnqueued(manifest, enqueued(argv));
        if (
          settings.deterministic !== null &&
          typeof settings.workers === "number" &&
          settings.workers > settings.deterministic
        ) {
          const most = `at most the lag of --deterministic, ${settings.deterministic}`;
          throw new BelayError("usage", `--workers: expected ${most}, got ${settings.workers}`);
        }
        if (!studyExists(db, manifest.name)) return;
        throw new BelayError(
          "usage",
          `study name: expected a new one, got ${show(manifest.name)}, which is in ${db} already; ${adviceOnTakenName(db, manifest.name)}`,
        );
      },
    });
    const warning = splitWarning(prepared.ready.splits, commandLine("check", typedPath(prepared.file)));
    if (warning !== null) output.prepare.note(warning);
    await runNew(prepared, db, enqueued(argv), argv["keep-checkpoints"] === true, output);
  } catch (error) {
    throw output.failed(error);
  } finally {
    folder.remove();
  }
}

async function runNew(
  prepared: PreparedRun,
  db: string,
  given: readonly string[],
  keepCheckpoints: boolean,
  output: RunOutput,
): Promise<void> {
  const { manifest, settings, sources, ready, engine } = prepared;
  let isThere = false;
  try {
    const store = openStore(db, { durability: settings.durability });
    try {
      const owned = await store.createStudy(
        {
          name: manifest.name,
          directions: manifest.directions,
          space: manifest.space,
          splitCount: ready.splitCount,
          splitHash: ready.splitHash,
          codeHash: prepared.codeHash,
          studyFile: prepared.file,
          seed: settings.seed,
          sampler: settings.sampler,
          pruner: settings.pruner,
          backend: prepared.backend?.backend ?? null,
          noise: manifest.noise,
          trials: settings.trials,
          maxAttempts: settings.maxAttempts,
          settings: sources,
          limits: limitsOf(prepared),
        },
        currentIdentity(),
      );
      isThere = true;
      for (const params of readEnqueued(owned.row, given)) await owned.enqueue(params as Params);
      const run = { store, owned, study: owned.row, prepared, trials: settings.trials, keepCheckpoints };
      finish(await runOwned(run, output), output);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw isThere ? withResume(error, db, manifest.name) : error;
  } finally {
    await engine.close();
  }
}

/** The limits as they apply, for the study's row. */
export function limitsOf({ settings, memoryBytes, reserveBytes }: PreparedRun) {
  const { setupTimeoutMs, trialTimeoutMs, graceMs } = settings;
  const splitTimeoutMs = fixedSplitTimeout(settings);
  return { setupTimeoutMs, splitTimeoutMs, trialTimeoutMs, memoryBytes, reserveBytes, graceMs };
}

function enqueued(argv: ArgumentsCamelCase): string[] {
  return (argv.enqueue as string[] | undefined) ?? [];
}

function studyName(name: string): string {
  if (isName(name)) return name;
  throw new BelayError("usage", `--name: expected ${NAME_RULE}, got ${show(name)}`);
}
