import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database } from "better-sqlite3";
import type { Json, TrialState } from "../../core/trial.ts";
import type { Selection } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow, TrialRecord } from "../../store/records.ts";
import { paramStorer } from "./distributions.ts";
import { type KeptTrial, keptStudy, keptTrial } from "./kept.ts";
import { OPTUNA_SCHEMA, typedNumber } from "./schema.ts";
import { optunaTime } from "./times.ts";

const STATES: Readonly<Record<TrialState, string>> = {
  complete: "COMPLETE",
  pruned: "PRUNED",
  fail: "FAIL",
  running: "RUNNING",
  waiting: "WAITING",
};

/** A step and its value, in the order of the steps. */
type Steps = ReadonlyMap<number, number>;

/**
 * Writes trials of a study as a study of Optuna, into an empty database.
 *
 * - The steps of a trial are its splits; of a study of one split the whole steps of its reports.
 * - A waiting trial has its params as `fixed_params`, as `enqueue_trial` of Optuna leaves them.
 * - Trials are numbered from 0 in the order in which they are read, because Optuna finds them by their place.
 * - What Optuna has no place for is in user attributes: reason, proposer, memory, and the like.
 *
 * @param db - An empty database, which stays open.
 * @returns how many trials were written.
 */
export async function writeOptuna(
  db: Database,
  reader: Reader,
  study: StudyRow,
  selection: Selection,
): Promise<number> {
  // The file is thrown away if this does not come to its end, so nothing has to be undone.
  // A journal on the disk would be a second file, which a Ctrl-C would leave behind.
  db.pragma("journal_mode = MEMORY");
  db.pragma("synchronous = OFF");
  db.exec(OPTUNA_SCHEMA);
  db.exec("BEGIN");
  writeStudy(db, study);
  const writeTrial = trialWriter(db, study);
  let number = 0;
  await reader.snapshot(async (state) => {
    for await (const page of state.trials(study, selection)) {
      for (const trial of page) writeTrial(trial, number++, await stepsOf(state, study, trial));
      await nextTurn(); // so that Ctrl-C is heard
    }
  });
  db.exec("COMMIT");
  return number;
}

function writeStudy(db: Database, study: StudyRow): void {
  db.prepare("INSERT INTO studies VALUES (1, ?)").run(study.name);
  const direction = db.prepare("INSERT INTO study_directions VALUES (NULL, ?, 1, ?)");
  for (const [objective, each] of study.directions.entries()) direction.run(each.toUpperCase(), objective);
  const attribute = db.prepare("INSERT INTO study_user_attributes VALUES (NULL, 1, ?, ?)");
  const kept = keptStudy(study.endDetail);
  if (kept) {
    const system = db.prepare("INSERT INTO study_system_attributes VALUES (NULL, 1, ?, ?)");
    for (const [key, json] of Object.entries(kept.user)) attribute.run(key, json);
    for (const [key, json] of Object.entries(kept.system)) system.run(key, json);
    return;
  }
  const { splitCount, sampler, pruner } = study;
  attribute.run("belay", JSON.stringify({ splits: splitCount, sampler, pruner }));
}

async function stepsOf(reader: Reader, study: StudyRow, trial: TrialRecord): Promise<Steps> {
  if (trial.state === "waiting") return new Map();
  if (study.splitCount > 1)
    return new Map(trial.splits.map(({ split, value }) => [split, value ?? Number.NaN]));
  const reports = (await reader.reports(trial.id)).filter(({ step }) => Number.isSafeInteger(step));
  return new Map(reports.map(({ step, value }) => [step, value ?? Number.NaN]));
}

function trialWriter(db: Database, { space }: StudyRow) {
  const trials = db.prepare("INSERT INTO trials VALUES (?, ?, 1, ?, ?, ?)");
  const params = db.prepare("INSERT INTO trial_params VALUES (NULL, ?, ?, ?, ?)");
  const values = db.prepare("INSERT INTO trial_values VALUES (NULL, ?, ?, ?, ?)");
  const steps = db.prepare("INSERT INTO trial_intermediate_values VALUES (NULL, ?, ?, ?, ?)");
  const user = db.prepare("INSERT INTO trial_user_attributes VALUES (NULL, ?, ?, ?)");
  const system = db.prepare("INSERT INTO trial_system_attributes VALUES (NULL, ?, ?, ?)");
  const store = paramStorer(space);
  return (trial: TrialRecord, number: number, ofSteps: Steps): void => {
    const id = number + 1;
    // An imported trial that runs again is no longer what Optuna recorded.
    const kept = trial.state === "running" ? null : keptTrial(trial.detail);
    const waits = trial.state === "waiting";
    const { startedAtMs, finishedAtMs } = trial;
    const start = waits ? null : (startedAtMs ?? finishedAtMs);
    trials.run(
      ...[id, number, trial.invalid ? STATES.fail : (kept?.state ?? STATES[trial.state])],
      kept ? kept.start : start === null ? null : optunaTime(start),
      kept ? kept.complete : finishedAtMs === null ? null : optunaTime(finishedAtMs),
    );
    for (const { name, value, distribution } of waits ? [] : store(trial.params))
      params.run(id, name, value, kept?.distributions?.[name] ?? distribution);
    for (const [name, value] of Object.entries(kept?.params ?? {}))
      params.run(id, name, value, kept!.distributions![name]);
    const typed = kept?.values ?? trial.values.map(typedNumber);
    for (const [objective, each] of typed.entries()) values.run(id, objective, ...each);
    for (const [step, value] of [...ofSteps].sort(([a], [b]) => a - b))
      steps.run(id, step, ...typedNumber(value));
    for (const step of kept?.steps ?? []) steps.run(id, ...step);
    if (trial.invalid) user.run(id, "invalid", JSON.stringify(trial.invalid.reason ?? true));
    const { userAttributes, systemAttributes } = kept ? asKept(kept) : attributesOf(trial, number);
    for (const [key, json] of userAttributes) user.run(id, key, json);
    for (const [key, json] of systemAttributes) system.run(id, key, json);
  };
}

/** The attributes of a trial, as pairs of a key and JSON. */
interface Attributes {
  readonly userAttributes: readonly (readonly [string, string])[];
  readonly systemAttributes: readonly (readonly [string, string])[];
}

function asKept({ user, system }: KeptTrial): Attributes {
  return { userAttributes: Object.entries(user), systemAttributes: Object.entries(system) };
}

/** What Optuna has no place for, and what it keeps in attributes itself. */
function attributesOf(trial: TrialRecord, number: number): Attributes {
  const { reason, detail, proposer, why, estimate, durationMs, memory, error } = trial;
  const user: Readonly<Record<string, Json>> = {
    belay_number: trial.number === number ? null : trial.number,
    ...{ reason, detail, proposer, why, estimate },
    attempts: trial.attempts > 1 ? trial.attempts : null,
    duration_ms: durationMs,
    peak_bytes: memory?.peakBytes ?? null,
    error: error && `${error.name}: ${error.message}`,
  };
  const system = {
    fixed_params: trial.state === "waiting" ? trial.params : null,
    constraints: trial.constraints.length > 0 ? trial.constraints : null,
  };
  const pairs = (values: object): [string, string][] =>
    Object.entries(values).flatMap(([key, value]) =>
      value === null ? [] : [[key, JSON.stringify(value)] as [string, string]],
    );
  return { userAttributes: pairs(user), systemAttributes: pairs(system) };
}
