import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/sqlite/database.ts";
import { digits } from "../report/fixture.ts";
import { belay, MAIN, startProgram, until } from "../support/belay.ts";
import { checkedByOptuna, PYTHON } from "./optuna.ts";

/** `belay export`: what other programs find in the files, and that no half of a file is left. */

/** A folder with `belay.db`: the study `digits`, with a trial in each state. */
async function study(changes = {}): Promise<string> {
  const { store, owned } = await digits(changes);
  await owned.enqueue({ learningRate: 0.5, optimizer: "sgd" });
  return dirname(store.location);
}

const exported = (cwd: string, ...args: string[]) => belay(cwd, ["export", "digits", ...args], { TZ: "UTC" });

/** Rows of a file of SQLite, by a connection of its own. */
function rowsOf(file: string, sql: string): unknown[][] {
  const db = openDatabase(file, { readonly: true });
  const rows = db.prepare(sql).raw().all() as unknown[][];
  db.close();
  return rows;
}

describe("belay export --format csv and ndjson", () => {
  it("writes every trial with all its columns, as query has them", async () => {
    const cwd = await study();
    const { code, stderr } = await exported(cwd, "--format", "csv", "--out", "all.csv");
    expect([code, stderr]).toEqual([0, "digits: 7 trials in all.csv\n"]);
    const [head, first, second] = readFileSync(join(cwd, "all.csv"), "utf8").split("\n");
    expect(head).toContain("number,state,reason,detail,value,");
    const cells = Object.fromEntries(head!.split(",").map((key, i) => [key, first!.split(",")[i]]));
    expect(cells).toMatchObject({
      ...{ number: "0", state: "complete", value: "0.9", feasible: "true", "params.value": "3" },
      ...{ optimizer: "adam", batchNorm: "true", momentum: "", startedAt: "2026-01-01T00:00:00.000Z" },
    });
    expect(second).toMatch(/^1,complete,.*,sgd,0\.5,/);
  });

  it("prints to stdout without --out, and takes the filters of query", async () => {
    const cwd = await study();
    const filters = ["--state", "complete", "--where", "value > 0.92"];
    const { stdout } = await exported(cwd, "--format", "ndjson", ...filters);
    const queried = await belay(cwd, ["query", "digits", "--format", "ndjson", ...filters]);
    expect(stdout).toBe(queried.stdout);
    expect(stdout.split("\n")).toHaveLength(3);
  });

  it("ends when its reader has left", async () => {
    const cwd = await study();
    const command = `"$0" "$1" export digits --format csv | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await startProgram(cwd, ["bash", "-c", command, process.execPath, MAIN])
      .finished;
    expect(stdout.split("\n")[0]).toMatch(/^number,/);
    expect([stdout.split("\n")[1], stderr]).toEqual(["0", ""]);
  });
});

describe("belay export --format optuna", () => {
  it("writes states, values, params with their distributions, constraints, and waiting trials as enqueued", async () => {
    const cwd = await study();
    await exported(cwd, "--format", "optuna", "--out", "optuna.db");
    const rows = (sql: string) => rowsOf(join(cwd, "optuna.db"), sql);
    expect(rows("SELECT state FROM trials ORDER BY number").flat()).toEqual([
      "COMPLETE",
      "COMPLETE",
      "PRUNED",
      "FAIL",
      "COMPLETE",
      "RUNNING",
      "WAITING",
    ]);
    expect(rows("SELECT direction, objective FROM study_directions")).toEqual([["MAXIMIZE", 0]]);
    expect(rows("SELECT trial_id, value, value_type FROM trial_values")).toEqual([
      [1, 0.9, "FINITE"],
      [2, 0.95, "FINITE"],
      [5, 0.99, "FINITE"],
    ]);
    const distributions = rows(
      "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = 2 ORDER BY param_id",
    ).map(([name, value, json]) => [name, value, JSON.parse(String(json))]);
    const float = (low: number, log: boolean) => ({
      name: "FloatDistribution",
      attributes: { step: null, low, high: 1, log },
    });
    expect(distributions).toEqual([
      ["learningRate", 0.1, float(1e-4, true)],
      ["optimizer", 1, { name: "CategoricalDistribution", attributes: { choices: ["adam", "sgd"] } }],
      ["momentum", 0.5, float(0, false)],
      ["value", 1, { name: "IntDistribution", attributes: { step: 1, low: 0, high: 9, log: false } }],
      ["batchNorm", 1, { name: "CategoricalDistribution", attributes: { choices: [true, false] } }],
    ]);
    expect(rows('SELECT trial_id, "key", value_json FROM trial_system_attributes')).toEqual([
      [5, "constraints", "[1]"],
      [7, "fixed_params", '{"learningRate":0.5,"optimizer":"sgd"}'],
    ]);
    expect(rows("SELECT trial_id, step, intermediate_value FROM trial_intermediate_values")).toEqual(
      [1, 2, 3, 4, 5].map((trial) => [trial, 0, 0.8]),
    );
  });

  it.skipIf(!PYTHON)(
    "is read by Optuna, equal for every trial, and Optuna's TPE goes on with it",
    async () => {
      for (const filters of [[], ["--where", "optimizer = adam"]]) {
        const cwd = await study();
        await exported(cwd, "--format", "optuna", "--out", "optuna.db", ...filters);
        await exported(cwd, "--format", "ndjson", "--out", "trials.ndjson", ...filters);
        const { trials, best, space, more } = checkedByOptuna(
          "export",
          join(cwd, "optuna.db"),
          join(cwd, "trials.ndjson"),
        );
        expect({ trials, best, more }).toEqual(
          filters.length > 0 ? { trials: 4, best: 0.9, more: 5 } : { trials: 7, best: 0.95, more: 5 },
        );
        expect(space).toMatchObject({
          learningRate: "FloatDistribution(high=1.0, log=True, low=0.0001, step=None)",
          optimizer: "CategoricalDistribution(choices=('adam', 'sgd'))",
          value: "IntDistribution(high=9, log=False, low=0, step=1)",
        });
      }
    },
  );
});

describe("the file of an export", () => {
  it.each([
    [
      "a file that exists",
      ["--format", "csv", "--out", "there.csv"],
      "--out: expected a new file, got one that exists",
    ],
    [
      "no such folder",
      ["--format", "csv", "--out", "none/x.csv"],
      "--out: expected a folder that exists, got",
    ],
    ["no file for optuna", ["--format", "optuna"], "--out: expected the file to write, got none"],
    ["an unknown format", ["--format", "opptuna", "--out", "x"], "did you mean optuna?"],
    [
      "a wrong filter",
      ["--format", "csv", "--out", "x", "--where", "nothing > 1"],
      "--where: expected a column",
    ],
  ])("is refused in one line: %s", async (_, args, message) => {
    const cwd = await study();
    writeFileSync(join(cwd, "there.csv"), "mine");
    const { code, stderr } = await exported(cwd, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(readFileSync(join(cwd, "there.csv"), "utf8")).toBe("mine");
    expect(readdirSync(cwd).filter((name) => /part|^x/.test(name))).toEqual([]);
  });

  it("is not there at all after a signal in the middle", async () => {
    const cwd = await study();
    // A copy of the trials many times over, so that the export lasts.
    const db = openDatabase(join(cwd, "belay.db"));
    const columns = rowsOf(join(cwd, "belay.db"), "SELECT name FROM pragma_table_info('trials')")
      .flat()
      .filter((name) => name !== "id");
    const copied = columns.map((name) =>
      name === "number" ? "1000 + n" : name === "checksum" ? "NULL" : name,
    );
    db.exec(`INSERT INTO trials (${columns.join()}) SELECT ${copied.join()} FROM trials,
      (WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 60000) SELECT n FROM c)
      WHERE state = 'waiting'`);
    db.close();
    const { child, finished } = startProgram(cwd, [
      ...([process.execPath, MAIN, "export", "digits", "--format", "optuna", "--out", "big.db"] as const),
    ]);
    await until("the export has begun", () => readdirSync(cwd).some((name) => name.endsWith(".part")));
    child.kill("SIGINT");
    const { code } = await finished;
    expect(code).toBe(130);
    expect(existsSync(join(cwd, "big.db"))).toBe(false);
    expect(readdirSync(cwd).filter((name) => name.includes("part"))).toEqual([]);
  });
});
