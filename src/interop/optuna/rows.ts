import type { Database } from "better-sqlite3";
import type { RawParam } from "./merge.ts";

/** A trial as a database of Optuna holds it. */
export interface RawTrial {
  readonly number: number;
  readonly state: string;
  readonly start: string | null;
  readonly complete: string | null;
  readonly params: readonly RawParam[];
  readonly values: readonly (readonly [value: number | null, type: string])[];
  readonly steps: readonly (readonly [step: number, value: number | null, type: string])[];
  /** Attributes by their keys, as JSON. */
  readonly user: Readonly<Record<string, string>>;
  readonly system: Readonly<Record<string, string>>;
}

const PAGE = 500;

/** Reads the trials of a study of Optuna in the order of their numbers, a page at a time. */
export function* readTrials(db: Database, studyId: number): Generator<RawTrial[]> {
  const ids = db
    .prepare("SELECT trial_id FROM trials WHERE study_id = ? ORDER BY number, trial_id")
    .pluck()
    .all(studyId) as number[];
  const among = "trial_id IN (SELECT value FROM json_each(?))";
  const heads = db
    .prepare(
      `SELECT t.trial_id, number, state, datetime_start, datetime_complete
       FROM json_each(?) AS wanted JOIN trials t ON t.trial_id = wanted.value ORDER BY wanted.key`,
    )
    .raw();
  const prepared = (columns: string, table: string, order: string) =>
    db.prepare(`SELECT trial_id, ${columns} FROM ${table} WHERE ${among} ORDER BY ${order}`).raw();
  const params = prepared("param_name, param_value, distribution_json", "trial_params", "param_id");
  const values = prepared("value, value_type", "trial_values", "objective");
  const steps = prepared(
    "step, intermediate_value, intermediate_value_type",
    "trial_intermediate_values",
    "step",
  );
  const user = prepared('"key", value_json', "trial_user_attributes", '"key"');
  const system = prepared('"key", value_json', "trial_system_attributes", '"key"');
  for (let from = 0; from < ids.length; from += PAGE) {
    const wanted = JSON.stringify(ids.slice(from, from + PAGE));
    const of = {
      params: byTrial<[string, number, string]>(params.all(wanted)),
      values: byTrial<[number | null, string]>(values.all(wanted)),
      steps: byTrial<[number, number | null, string]>(steps.all(wanted)),
      user: byTrial<[string, string]>(user.all(wanted)),
      system: byTrial<[string, string]>(system.all(wanted)),
    };
    const page = heads.all(wanted) as [number, number, string, string | null, string | null][];
    yield page.map(([id, number, state, start, complete]) => ({
      ...{ number, state, start, complete },
      params: (of.params.get(id) ?? []).map(([name, value, json]) => ({ name, value, json })),
      values: of.values.get(id) ?? [],
      steps: of.steps.get(id) ?? [],
      user: Object.fromEntries(of.user.get(id) ?? []),
      system: Object.fromEntries(of.system.get(id) ?? []),
    }));
  }
}

/** Groups rows by the trial's id, which is their first cell. */
function byTrial<Row extends readonly unknown[]>(rows: readonly unknown[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const [id, ...rest] of rows as [number, ...unknown[]][]) {
    const group = groups.get(id);
    if (group) group.push(rest as unknown as Row);
    else groups.set(id, [rest as unknown as Row]);
  }
  return groups;
}
