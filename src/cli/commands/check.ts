import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import type { EngineEnd } from "../../core/engine.ts";
import { BelayError } from "../../core/error.ts";
import { snap } from "../../core/space/distribution.ts";
import { isActive, type Params, type Space, toParams, toRow } from "../../core/space/space.ts";
import { fromUnit } from "../../core/space/unit-cube.ts";
import type { SplitResult } from "../../core/trial.ts";
import { type PreparedRun, prepareRun } from "../../launch/prepare.ts";
import { runFolder } from "../../launch/run-folder.ts";
import { fixedSplitTimeout, readOptions } from "../../launch/settings.ts";
import { machineMemory } from "../../machine/memory.ts";
import { pruners } from "../../pruner/registry.ts";
import { samplers } from "../../sampler/registry.ts";
import { databaseFile, studyExists } from "../database.ts";
import { runOptions } from "../options.ts";
import { readEnqueued } from "../session.ts";
import { launchAnew } from "../terminal/advice.ts";
import { type CheckReport, checkReport, checkText, type DrySplit } from "../terminal/check-text.ts";
import { openLog } from "../terminal/log.ts";
import { complain, print } from "../terminal/output.ts";

/** Looks a study over before it is run: space, splits, one split for real, and what the whole will take. */
export const checkCommand = {
  command: "check <study-file>",
  describe: "validates a study and runs one split of it; no database is written",
  builder: (yargs: Argv) =>
    runOptions(yargs)
      .positional("study-file", { type: "string", describe: "the study, in TypeScript or JavaScript" })
      .option("params", {
        type: "string",
        requiresArg: true,
        describe: "for the split that runs, as JSON [the middle of the space]",
      })
      .option("seed", { type: "string", requiresArg: true, describe: "the study's seed [0]" })
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
      .example(
        "$0 check studies/digits.ts --trials 200 --workers 4",
        "what would 200 trials on 4 workers take?",
      ),
  handler: check,
} satisfies CommandModule;

async function check(argv: ArgumentsCamelCase): Promise<void> {
  const options = readOptions(argv);
  const db = databaseFile(argv);
  // Only a log that is asked for: a check leaves nothing behind.
  const say = (text: string): void => {
    if (argv.quiet !== true && argv.log !== "-") complain(text);
  };
  const log = argv.log === undefined ? null : openLog(String(argv.log), String(argv["log-level"]), db, say);
  const tell = (text: string): void => {
    log?.info(text);
    say(text);
  };
  const notes: string[] = [];
  const folder = runFolder();
  try {
    const prepared = await prepareRun({
      file: String(argv["study-file"]),
      options: { ...options, seed: options.seed ?? 0 },
      folder: folder.path,
      db,
      inspect: "all",
      note: tell,
      stage: () => {},
      onOutput: (text) => tell(`study: ${text}`),
      onBrake: (on) => on && tell("memory reserve reached"),
      check(manifest, settings) {
        samplers.make(`${argv["study-file"]}: sampler`, settings.sampler);
        pruners.make(`${argv["study-file"]}: pruner`, settings.pruner);
        if (knownStudy(db, manifest.name))
          notes.push(
            `study ${manifest.name} is in ${String(argv.db)} already: ${launchAnew(db, manifest.name, String(argv["study-file"]))} gives this one another name`,
          );
      },
    });
    try {
      const dry = await drySplit(prepared, readParams(prepared.manifest.space, argv.params));
      const report = checkReport({ prepared, dry, notes, machine: machineMemory() });
      tellReport(report, argv.json === true);
    } finally {
      await prepared.engine.close();
    }
  } finally {
    folder.remove();
  }
}

/** A database that cannot be read is the launch's trouble, not the study's. */
function knownStudy(db: string, name: string): boolean {
  try {
    return studyExists(db, name);
  } catch {
    return false;
  }
}

function readParams(space: Space, given: unknown): Params {
  const row = middleRow(space);
  if (given === undefined) return toParams(space, row);
  const [params] = readEnqueued({ space }, [String(given)], "--params");
  return toParams(space, middleRow(space, toRow(space, params!)));
}

/** The middle of every range and the first of all choices, where `given` does not say otherwise. */
function middleRow(space: Space, given?: Float64Array): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  space.params.forEach(({ name, distribution }, i) => {
    const asked = given?.[i] ?? Number.NaN;
    if (!isActive(space, row, i)) {
      if (Number.isNaN(asked)) return;
      throw new BelayError(
        "usage",
        `--params: expected params that exist together, got ${name}, whose parent has another value`,
      );
    }
    const middle = fromUnit(distribution, distribution.kind === "categorical" ? 0 : 0.5);
    const short = distribution.kind === "float" ? snap(distribution, Number(middle.toPrecision(3))) : middle;
    row[i] = Number.isNaN(asked) ? short : asked;
  });
  return row;
}

/** Runs the first split of a trial, under the limits of the study. */
async function drySplit(
  { engine, settings, memoryBytes, ready }: PreparedRun,
  params: Params,
): Promise<DrySplit> {
  const { trialTimeoutMs, graceMs } = settings;
  const limits = { splitTimeoutMs: fixedSplitTimeout(settings), trialTimeoutMs, memoryBytes, graceMs };
  let split: SplitResult | null = null;
  let end: EngineEnd | null = null;
  let peakBytes = ready.rssBytes;
  const task = { number: 0, attempt: 1, params, recorded: [], limits };
  for await (const event of engine.run(task, new AbortController().signal)) {
    if (event.kind === "split") {
      split = event.result;
      event.answer("interrupt"); // one is enough
    } else if (event.kind === "report") event.answer("go");
    else if (event.kind === "outcome") end = event.end;
    else if (event.kind === "final") peakBytes = event.memory.peakBytes ?? event.memory.rssBytes ?? peakBytes;
  }
  return { params, split, end: end!, peakBytes };
}

const EXIT_PROBLEMS = 1;

function tellReport(report: CheckReport, json: boolean): void {
  print(json ? JSON.stringify(report) : checkText(report));
  if (!report.ok) process.exitCode = EXIT_PROBLEMS;
}
