import type { EngineEnd } from "../../core/engine.ts";
import { BelayError } from "../../core/error.ts";
import { snap } from "../../core/space/distribution.ts";
import { type GivenParams, openRow } from "../../core/space/given.ts";
import { isActive, type Params, toParams, toRow } from "../../core/space/space.ts";
import { fromUnit } from "../../core/space/unit-cube.ts";
import type { StudyManifest } from "../../core/study.ts";
import type { SplitResult } from "../../core/trial.ts";
import { machineMemory } from "../../machine/memory.ts";
import { pruners } from "../../pruner/registry.ts";
import { samplers } from "../../sampler/registry.ts";
import { readStopRules } from "../../stop-rule/registry.ts";
import { typedPath } from "../../store/command-line.ts";
import { launchAnew } from "../advice.ts";
import type { Listen } from "../events.ts";
import { trialLimits } from "../limits.ts";
import { openStudy, type ReadyStudy, readStudy } from "../prepare.ts";
import { type GivenSettings, resolveSettings, UNDECIDED } from "../settings.ts";
import { studyExists } from "../storage/databases.ts";
import { readLesson } from "../storage/learn-from.ts";
import { runFolder } from "../storage/run-folder.ts";
import { type CheckReport, checkReport, type DrySplit } from "./report.ts";
import { studyNotes } from "./study-notes.ts";

/** A request to check a study file. */
export interface CheckRequest {
  /** The database that a launch would use; nothing is written there. */
  readonly db: string;
  readonly file: string;
  readonly options: GivenSettings;
  /** As for a launch: a study whose trials this one would learn from. @default none */
  readonly learnFrom?: string | undefined;
  /** The params of the split that runs. @default the study's defaults, else the middle of the space */
  readonly params?: GivenParams | undefined;
}

/** Makes a study ready and runs one split of it; no database is written. */
export async function checkStudy(request: CheckRequest, listen: Listen): Promise<CheckReport> {
  const { db, file, params } = request;
  const options = { ...request.options, seed: request.options.seed ?? 0 };
  const notes: string[] = [];
  const folder = runFolder();
  try {
    const source = await readStudy({ db, file, options, folder: folder.path, inspect: "all" }, listen);
    const { manifest } = source;
    const resolved = resolveSettings(options, manifest, process.env);
    const sampler = samplers.make(`${file}: sampler`, resolved.settings.sampler);
    const { pruner } = resolved.settings;
    if (pruner !== UNDECIDED) pruners.make(`${file}: pruner`, pruner);
    readStopRules(`${file}: stop`, resolved.settings.stop);
    if (request.learnFrom !== undefined)
      notes.push((await readLesson(request.learnFrom, db, manifest, sampler)).note);
    if (await isKnown(db, manifest.name))
      notes.push(
        `study ${manifest.name} is in ${typedPath(db)} already: ${await launchAnew(db, manifest.name, file)} gives this one another name`,
      );
    const study = await openStudy(source, resolved, listen);
    try {
      notes.push(...studyNotes(study, study.settings.pruner));
      const dry = await drySplit(study, dryParams(manifest, params));
      return checkReport({ study, dry, notes, machine: machineMemory() });
    } finally {
      await study.engine.close();
    }
  } finally {
    folder.remove();
  }
}

/** Whether the database has a study of this name. A database that cannot be read is no fault of the study file. */
async function isKnown(db: string, name: string): Promise<boolean> {
  try {
    return await studyExists(db, name);
  } catch {
    return false;
  }
}

/**
 * The params of the split that runs: those that are asked for, else the study's defaults. What is left open is the middle
 * of its range, or the first choice.
 */
function dryParams({ space, defaults }: StudyManifest, asked: GivenParams | undefined): Params {
  const given = asked ? toRow(space, asked) : openRow("defaults", space, defaults ?? {}, "drop");
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  space.params.forEach(({ name, distribution }, i) => {
    const value = given[i]!;
    if (!isActive(space, row, i)) {
      if (Number.isNaN(value) || !asked) return;
      throw new BelayError(
        "usage",
        `--params: expected params that exist together, got ${name}, whose parent has another value`,
      );
    }
    const middle = fromUnit(distribution, distribution.kind === "categorical" ? 0 : 0.5);
    const short = distribution.kind === "float" ? snap(distribution, Number(middle.toPrecision(3))) : middle;
    row[i] = Number.isNaN(value) ? short : value;
  });
  return toParams(space, row);
}

/** Runs the first split of a trial, under the limits of the study. */
async function drySplit(study: ReadyStudy, params: Params): Promise<DrySplit> {
  let split: SplitResult | null = null;
  let end: EngineEnd | null = null;
  let peakBytes = study.ready.rssBytes;
  const limits = trialLimits(study.settings, study);
  const task = { number: 0, attempt: 1, params, recorded: [], limits };
  for await (const event of study.engine.run(task, new AbortController().signal)) {
    if (event.kind === "split") {
      split = event.result;
      event.answer("interrupt"); // one split is enough
    } else if (event.kind === "report") event.answer("go");
    else if (event.kind === "outcome") end = event.end;
    else if (event.kind === "final") peakBytes = event.memory.peakBytes ?? event.memory.rssBytes ?? peakBytes;
  }
  return { params, split, end: end!, peakBytes };
}
