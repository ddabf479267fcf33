import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPTUNA_SCHEMA } from "../../src/interop/optuna/schema.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { belay, folder, trials, write } from "../support/belay.ts";
import { checkedByOptuna, PYTHON } from "./optuna.ts";

/** `belay import`: what becomes of studies of other files, and that nothing half-done is left. */

const FLOAT =
  '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}';
const WIDE =
  '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 2.0, "log": false}}';
const KIND = '{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "sgd"]}}';
/** As versions before 3.0 named it. */
const MOMENTUM = '{"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 0.9}}';

/** The tables of a database of Optuna that hold a study, without the numbers of the rows. */
const TABLES = {
  studies: "study_name",
  study_directions: "direction, objective",
  study_user_attributes: '"key", value_json',
  study_system_attributes: '"key", value_json',
  trials: "number, state, datetime_start, datetime_complete",
  trial_params: "trial_id, param_name, param_value",
  trial_values: "trial_id, objective, value, value_type",
  trial_intermediate_values: "trial_id, step, intermediate_value, intermediate_value_type",
  trial_user_attributes: 'trial_id, "key", value_json',
  trial_system_attributes: 'trial_id, "key", value_json',
} as const;

/** Everything that such a file holds. */
function content(file: string): unknown {
  const db = openDatabase(file, { readonly: true });
  const tables = Object.entries(TABLES).map(([table, columns]) => [
    table,
    db.prepare(`SELECT ${columns} FROM ${table} ORDER BY ${columns}`).raw().all(),
  ]);
  db.close();
  return Object.fromEntries(tables);
}

/** A file as Optuna makes it: trials in every state, a condition, a range that grew, an infinite value. */
function optunaFile(cwd: string, more = ""): void {
  const db = openDatabase(join(cwd, "optuna.db"));
  const time = (second: number): string => `'2026-01-01 00:00:0${second}.123456'`;
  db.exec(`${OPTUNA_SCHEMA}
    INSERT INTO studies VALUES (1, 'first');
    INSERT INTO study_directions VALUES (NULL, 'MINIMIZE', 1, 0);
    INSERT INTO study_user_attributes VALUES (NULL, 1, 'by', '"hand"');
    INSERT INTO trials VALUES (1, 0, 1, 'COMPLETE', ${time(1)}, ${time(4)}), (2, 1, 1, 'COMPLETE', ${time(1)}, ${time(2)}),
      (3, 2, 1, 'PRUNED', ${time(2)}, ${time(3)}), (4, 3, 1, 'FAIL', ${time(3)}, ${time(5)}),
      (5, 4, 1, 'RUNNING', ${time(5)}, NULL), (6, 5, 1, 'WAITING', NULL, NULL), (7, 6, 1, 'COMPLETE', ${time(5)}, ${time(6)});
    INSERT INTO trial_params SELECT NULL, trial_id, 'x', 0.1 * trial_id, '${FLOAT}' FROM trials WHERE trial_id IN (1, 2, 4, 5);
    INSERT INTO trial_params SELECT NULL, trial_id, 'x', 1.5, '${WIDE}' FROM trials WHERE trial_id IN (3, 7);
    INSERT INTO trial_params SELECT NULL, trial_id, 'kind', trial_id % 2, '${KIND}' FROM trials WHERE trial_id IN (1, 2, 3, 7);
    INSERT INTO trial_params SELECT NULL, trial_id, 'momentum', 0.5, '${MOMENTUM}' FROM trials WHERE trial_id IN (1, 3, 7);
    INSERT INTO trial_values VALUES (NULL, 1, 0, 0.25, 'FINITE'), (NULL, 2, 0, 0.5, 'FINITE'), (NULL, 3, 0, 0.75, 'FINITE'),
      (NULL, 7, 0, NULL, 'INF_POS');
    INSERT INTO trial_intermediate_values VALUES (NULL, 1, 0, 0.5, 'FINITE'), (NULL, 1, 4, NULL, 'NAN'),
      (NULL, 3, 0, 0.75, 'FINITE'), (NULL, 3, 1, NULL, 'INF_NEG'), (NULL, 5, 0, 0.25, 'FINITE');
    INSERT INTO trial_user_attributes VALUES (NULL, 1, 'odd', '[1, NaN]');
    INSERT INTO trial_system_attributes VALUES (NULL, 1, 'constraints', '[-1.0]'), (NULL, 2, 'constraints:small', '0.5'),
      (NULL, 6, 'fixed_params', '{"x": 0.25, "kind": "sgd", "gone": 1}');
    ${more}`);
  db.close();
}

describe("belay import of a database of Optuna", () => {
  it("takes values, params, states, steps, constraints and times, and conditions that the trials show", async () => {
    const cwd = folder();
    optunaFile(cwd);
    const { code, stdout, stderr } = await belay(cwd, ["import", "optuna.db", "--name", "digits"], {
      TZ: "UTC",
    });
    expect([code, stdout, stderr]).toEqual([0, "digits: 7 trials\n", ""]);
    const all = await trials(cwd, "digits");
    expect(all.map(({ state, reason, value }) => [state, reason, value])).toEqual([
      ["complete", null, 0.25],
      ["complete", null, 0.5],
      ["pruned", "pruner", null],
      ["fail", "error", null],
      ["waiting", null, null],
      ["waiting", null, null],
      ["pruned", "not-finite", null],
    ]);
    expect(all[0]).toMatchObject({
      params: { x: 0.1, kind: "sgd", momentum: 0.5 },
      ...{ constraints: [-1], feasible: true, startedAt: "2026-01-01T00:00:01.123Z", durationMs: 3000 },
    });
    expect(all[1]).toMatchObject({ params: { x: 0.2, kind: "adam" }, constraints: [0.5], feasible: false });
    expect(all.slice(4, 6).map(({ params }) => params)).toEqual([{ x: 0.5 }, { x: 0.25, kind: "sgd" }]);
    const sql = async (text: string) => JSON.parse((await belay(cwd, ["sql", text, "--json"])).stdout);
    const [{ space }] = await sql("SELECT space FROM studies");
    expect(JSON.parse(space).params).toMatchObject([
      { name: "x", distribution: { kind: "float", low: 0, high: 2 }, when: [] },
      { name: "kind", distribution: { choices: ["adam", "sgd"] }, when: [] },
      { name: "momentum", distribution: { high: 0.9 }, when: [{ parent: 1, values: [1] }] },
    ]);
    expect(await sql("SELECT number FROM trials WHERE told IS NOT NULL ORDER BY told")).toEqual(
      [1, 2, 0, 3, 6].map((number) => ({ number })),
    );
    const repaired = await belay(cwd, ["repair"]);
    expect(repaired.stdout + repaired.stderr).toContain("the database is intact");
  });

  it("gives everything back when it is exported again", async () => {
    const cwd = folder();
    optunaFile(cwd);
    await belay(cwd, ["import", "optuna.db"]);
    await belay(cwd, ["export", "first", "--format", "optuna", "--out", "back.db"]);
    expect(content(join(cwd, "back.db"))).toEqual(content(join(cwd, "optuna.db")));
  });

  it.skipIf(!PYTHON)("loses nothing of what Optuna itself recorded, as Optuna sees it", async () => {
    const cwd = folder();
    checkedByOptuna("make", join(cwd, "made.db"));
    await belay(cwd, ["import", "made.db"]);
    await belay(cwd, ["export", "first", "--format", "optuna", "--out", "back.db"]);
    expect(checkedByOptuna("equal", join(cwd, "made.db"), join(cwd, "back.db"))).toEqual({ trials: 42 });
  });

  it("is history: other studies learn from it, and it goes on with a study file", async () => {
    const cwd = folder();
    optunaFile(cwd);
    await belay(cwd, ["import", "optuna.db"]);
    const study = (name: string) => `import { categorical, defineStudy, float } from "belay";
      export default defineStudy({ name: "${name}", direction: "minimize", space: { x: float(0, 2),
        kind: categorical(["adam", "sgd"]), momentum: float(0, 0.9).when("kind", "sgd") },
        train: ({ params }) => params.x });`;
    write(cwd, { "next.ts": study("next"), "first.ts": study("first") });
    const args = ["--sampler", "tpe", "--seed", "1", "--durability", "normal"];
    const learning = await belay(cwd, [
      "launch",
      "next.ts",
      "--trials",
      "2",
      "--learn-from",
      "first",
      ...args,
    ]);
    expect(learning.stderr).toContain("learns from 1 trial of first");
    expect(learning.code).toBe(0);
    const refused = await belay(cwd, ["resume", "first", "--add", "1"]);
    // The line ends with the command to type: `belay resume first --add 1 --file NEW-PATH`.
    const [, command = ""] = /^belay: study first: it was imported.*: `belay (.*)`$/m.exec(refused.stderr)!;
    const typed = command.replace("NEW-PATH", "first.ts").split(" ");
    const resumed = await belay(cwd, [...typed, "--accept-changes", "--durability", "normal"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const all = await trials(cwd, "first");
    expect(all.slice(0, 2).map(({ value }) => value)).toEqual([0.25, 0.5]);
    expect(all.slice(4).map(({ state }) => state)).toEqual(["complete", "complete", "pruned", "complete"]);
    expect(all[5]!.params).toMatchObject({ x: 0.25, kind: "sgd" });
  });
});

describe("what cannot be imported", () => {
  it.each([
    [
      "no file",
      ["none.db"],
      "expected a database of Optuna (SQLite) or of Belay, a .csv or a .ndjson, got a file that does not exist",
    ],
    ["another file", ["notes.txt"], "got another file: notes.txt"],
    ["a folder", ["folder"], "got another file: folder"],
    ["a study that is not there", ["optuna.db", "--study", "frist"], 'got "frist"; did you mean "first"?'],
    ["a wrong name", ["optuna.db", "--name", "a b"], "--name: expected"],
    ["different choices", ["optuna.db"], 'param "kind": expected the same choices in all trials'],
  ])("is refused in one line, and no database is made: %s", async (_, args, message) => {
    const cwd = folder();
    optunaFile(
      cwd,
      `UPDATE trial_params SET distribution_json = replace(distribution_json, 'adam', 'lion') WHERE trial_id = 2`,
    );
    writeFileSync(join(cwd, "notes.txt"), "value,x\n1,2\n");
    mkdirSync(join(cwd, "folder"));
    const { code, stderr } = await belay(cwd, ["import", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(readdirSync(cwd).sort()).toEqual(["folder", "notes.txt", "optuna.db"]);
  });

  it("leaves a database as it was when the name is taken, or the file turns out to be damaged", async () => {
    const cwd = folder();
    optunaFile(cwd);
    await belay(cwd, ["import", "optuna.db"]);
    const before = await trials(cwd, "first");
    const taken = await belay(cwd, ["import", "optuna.db"]);
    expect([taken.code, taken.stderr]).toEqual([
      2,
      expect.stringContaining('expected a new name, got "first"'),
    ]);
    const bytes = readFileSync(join(cwd, "optuna.db"));
    writeFileSync(join(cwd, "half.db"), bytes.subarray(0, bytes.length / 2));
    const half = await belay(cwd, ["import", "half.db", "--name", "half"]);
    expect(half.code).not.toBe(0);
    expect(half.stderr.trimEnd()).not.toContain("\n");
    expect(await trials(cwd, "first")).toEqual(before);
    expect((await belay(cwd, ["list", "--json"])).stdout).not.toContain("half");
    expect(existsSync(join(cwd, "optuna.db-journal"))).toBe(false);
  });
});
