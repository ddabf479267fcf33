import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database } from "better-sqlite3";
import { BelayError, didYouMean, show } from "../../core/error.ts";
import type { Direction } from "../../core/search/direction.ts";
import { type Choice, type Distribution, decode, encode } from "../../core/space/distribution.ts";
import type { Params, Space } from "../../core/space/space.ts";
import type { Detail } from "../../core/trial.ts";
import type { ImportedTrial } from "../../store/imported.ts";
import { distributionJson, distributionReader } from "./distributions.ts";
import { type KeptTrial, withKept } from "./kept.ts";
import { spaceFinder } from "./merge.ts";
import { type RawTrial, readTrials } from "./rows.ts";
import { atMsOf } from "./times.ts";

/** A study of Optuna, as Belay takes it. */
export interface OptunaStudy {
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly space: Space;
  readonly count: number;
  readonly createdAtMs: number | null;
  readonly endDetail: Detail;
  readonly trials: () => AsyncGenerator<ImportedTrial[]>;
}

/**
 * Reads a study from a database of Optuna. All trials are read once to find the space, and again by `trials`.
 *
 * - Reports of a trial are its intermediate values. A pruned trial is one that its pruner has stopped.
 * - A trial that had not ended waits, with the params that it has or was enqueued with.
 * - A complete trial with an infinite value is pruned as `not-finite`.
 * - What Belay has no column for is kept, so that an export gives it back.
 *
 * @param db - The database, in a transaction of its own.
 * @param wanted - The study's name. @default the only one
 * @throws BelayError `usage`, one line: no database of Optuna, no such study, or a param that Belay cannot have.
 */
export async function readOptuna(db: Database, wanted: string | undefined): Promise<OptunaStudy> {
  checkVersion(db);
  const { id, name } = chosenStudy(db, wanted);
  const directions = db
    .prepare<[number], string>("SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective")
    .pluck()
    .all(id) as string[];
  const finder = spaceFinder();
  const ended: { readonly number: number; readonly atMs: number }[] = [];
  let createdAtMs: number | null = null;
  let count = 0;
  for (const page of readTrials(db, id)) {
    for (const trial of page) {
      count++;
      finder.add(trial.params, trial.state === "COMPLETE" || trial.state === "PRUNED");
      createdAtMs ??= atMsOf(trial.start);
      if (isEnded(trial)) ended.push({ number: trial.number, atMs: atMsOf(trial.complete) ?? 0 });
    }
    await nextTurn();
  }
  ended.sort((a, b) => a.atMs - b.atMs || a.number - b.number);
  const told = new Map(ended.map(({ number }, place) => [number, place]));
  const space = finder.space();
  if (space.params.length === 0)
    throw new BelayError("usage", `study ${show(name)}: expected trials with params, got none`);
  const standard = new Map(space.params.map(({ name: param, distribution }) => [param, distribution]));
  const canonical = new Map([...standard].map(([param, each]) => [param, distributionJson(each)]));
  const context: Context = { standard, canonical, read: distributionReader() };
  return {
    ...{ name, space, count, createdAtMs },
    directions: directions.map((each) => (each === "MAXIMIZE" ? "maximize" : "minimize")),
    endDetail: withKept({
      user: attributes(db, "study_user_attributes", id),
      system: attributes(db, "study_system_attributes", id),
    }),
    async *trials() {
      let number = 0;
      for (const page of readTrials(db, id)) {
        yield page.map((trial) => toImported(trial, number++, told.get(trial.number) ?? null, context));
        await nextTurn();
      }
    },
  };
}

function checkVersion(db: Database): void {
  const version = db.prepare("SELECT schema_version FROM version_info").pluck().get();
  if (version !== 12)
    throw new BelayError(
      "usage",
      `expected a database of Optuna 3.2 or newer (schema 12), got schema ${show(version)}: \`optuna storage upgrade\` brings it up to date`,
    );
}

function chosenStudy(
  db: Database,
  wanted: string | undefined,
): { readonly id: number; readonly name: string } {
  const all = db
    .prepare<[], { id: number; name: string }>(
      "SELECT study_id AS id, study_name AS name FROM studies ORDER BY study_id",
    )
    .all();
  const found =
    wanted === undefined ? (all.length === 1 ? all[0] : undefined) : all.find(({ name }) => name === wanted);
  if (found) return found;
  const names = all.map(({ name }) => name);
  if (wanted === undefined)
    throw new BelayError(
      "usage",
      names.length === 0
        ? "expected a study in the file, got none"
        : `--study: expected one of the ${names.length} studies in the file, got none: ${names.slice(0, 8).map(show).join(", ")}`,
    );
  throw new BelayError(
    "usage",
    `--study: expected a study that is in the file, got ${show(wanted)}${didYouMean(wanted, names, show)}`,
  );
}

function attributes(db: Database, table: string, studyId: number): Record<string, string> {
  const rows = db
    .prepare(`SELECT "key", value_json FROM ${table} WHERE study_id = ? ORDER BY 1`)
    .raw()
    .all(studyId);
  return Object.fromEntries(rows as [string, string][]);
}

const isEnded = ({ state }: RawTrial): boolean => state !== "RUNNING" && state !== "WAITING";

/** The distributions of the study, how Belay would store them, and the reader of those of its trials. */
interface Context {
  readonly standard: ReadonlyMap<string, Distribution>;
  readonly canonical: ReadonlyMap<string, string>;
  readonly read: ReturnType<typeof distributionReader>;
}

function toImported(trial: RawTrial, number: number, told: number | null, context: Context): ImportedTrial {
  const { standard } = context;
  const ended = isEnded(trial);
  const hasNumbers = trial.values.length > 0 && trial.values.every(([, type]) => type === "FINITE");
  const complete = trial.state === "COMPLETE" && hasNumbers;
  const state = !ended ? "waiting" : complete ? "complete" : trial.state === "FAIL" ? "fail" : "pruned";
  const reason =
    state === "fail"
      ? "error"
      : state !== "pruned"
        ? null
        : trial.state === "PRUNED"
          ? "pruner"
          : "not-finite";
  const values = complete ? trial.values.map(([value]) => value!) : [];
  const [startedAtMs, finishedAtMs] = [atMsOf(trial.start), atMsOf(trial.complete)];
  const durationMs =
    startedAtMs === null || finishedAtMs === null ? null : Math.max(0, finishedAtMs - startedAtMs);
  return {
    ...{ number, state, reason, values, told, startedAtMs: ended ? startedAtMs : null, finishedAtMs },
    params: ended
      ? paramsOf(trial, context)
      : { ...fixedParams(trial, standard), ...paramsOf(trial, context) },
    detail: withKept(keptOf(trial, context, { ended, complete, waits: trial.state === "WAITING" })),
    constraints: ended ? constraintsOf(trial) : [],
    durationMs: ended ? (durationMs ?? 0) : null,
    ...{ proposer: null, why: null, error: null },
    ran: {
      splits: complete
        ? [{ split: 0, value: values[0]!, values, durationMs: durationMs ?? 0, rssBytes: null }]
        : [],
      reports: ended
        ? trial.steps.map(([step, value, type]) => ({ split: 0, step, value: numberOf(value, type) }))
        : [],
      memory: null,
    },
  };
}

function keptOf(
  trial: RawTrial,
  { read, canonical }: Context,
  {
    ended,
    complete,
    waits,
  }: { readonly ended: boolean; readonly complete: boolean; readonly waits: boolean },
): KeptTrial {
  const own = trial.params.filter(
    ({ name, json }) => !ended || read(name, json).canonical !== canonical.get(name),
  );
  const isKeptState = (trial.state === "COMPLETE" && !complete) || (!ended && !waits);
  return {
    ...{ start: trial.start, complete: trial.complete, user: trial.user, system: trial.system },
    ...(isKeptState && { state: trial.state }),
    ...(!complete && trial.values.length > 0 && { values: trial.values }),
    ...(own.length > 0 && { distributions: Object.fromEntries(own.map(({ name, json }) => [name, json])) }),
    ...(!ended &&
      own.length > 0 && { params: Object.fromEntries(own.map(({ name, value }) => [name, value])) }),
    ...(!ended && trial.steps.length > 0 && { steps: trial.steps }),
  };
}

/** null stands for NaN in reports. */
function numberOf(value: number | null, type: string): number | null {
  if (type === "INF_POS") return Number.POSITIVE_INFINITY;
  return type === "INF_NEG" ? Number.NEGATIVE_INFINITY : value;
}

function paramsOf({ params }: RawTrial, { read }: Context): Params {
  return Object.fromEntries(
    params.map(({ name, value, json }) => [name, decode(read(name, json).distribution, value)]),
  );
}

/** The params with which a waiting trial was enqueued, without those that the space does not have. */
function fixedParams({ system }: RawTrial, standard: Context["standard"]): Params {
  const fixed = parsed(system.fixed_params) as Record<string, Choice> | undefined;
  const known = Object.entries(fixed ?? {}).filter(([name, value]) => {
    const distribution = standard.get(name);
    return distribution && !Number.isNaN(encode(distribution, value));
  });
  return Object.fromEntries(known);
}

/** The constraints of a trial: a list, or, since Optuna 5, an attribute for each. */
function constraintsOf({ system }: RawTrial): number[] {
  const list = parsed(system.constraints);
  const named = Object.keys(system)
    .filter((key) => key.startsWith("constraints:"))
    .map((key) => parsed(system[key]));
  return [...(Array.isArray(list) ? list : []), ...named].filter((value) => typeof value === "number");
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined; // Python writes NaN, which is no JSON
  }
}
