import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSqliteReader } from "../../src/sqlite/reader.ts";
import { digits } from "../report/fixture.ts";
import { belay, folder, MAIN, startProgram, trials, until, write } from "../support/belay.ts";
import { FINAL, splitResult } from "../support/records.ts";
import { collect } from "../support/store.ts";

/** `belay import` of other databases of Belay, and of tables. */

describe("belay import of another database of Belay", () => {
  it("takes trials with their splits, memory and reports, and makes those wait that had not ended", async () => {
    const { store } = await digits();
    const from = dirname(store.location);
    const cwd = folder();
    const { stdout } = await belay(cwd, ["import", store.location, "--name", "copy"]);
    expect(stdout).toBe("copy: 6 trials\n");
    const [was, is] = [await trials(from, "digits"), await trials(cwd, "copy")];
    expect(is.slice(0, 5)).toEqual(was.slice(0, 5));
    expect(is[5]).toMatchObject({ state: "waiting", params: was[5]!.params });
  });

  it("keeps attempts, all splits with their times, reports, every reading of memory, and what the study learns from", async () => {
    const { store, owned } = await digits();
    const params = { learningRate: 0.25, optimizer: "sgd", momentum: 0.5, value: 2, batchNorm: true };
    const first = await owned.startTrial({ number: 6, params });
    await owned.recordStart(first, { slot: 2, hostPid: 4712, baselineBytes: 90e6 });
    await owned.recordReport(first, { split: 2, step: 1.5, value: Number.NaN });
    await owned.recordSplit(first, splitResult(2, 0.75));
    await owned.interrupt(first, "host", { durationMs: 7 });
    const second = await owned.startAttempt(first.trialId);
    await owned.recordReport(second, { split: 0, step: 1, value: 0.5 });
    await owned.recordSplit(second, splitResult(0, 0.5));
    await owned.finish(second, { state: "complete", values: [0.6], constraints: [] }, FINAL, {
      durationMs: 9,
    });
    const cwd = folder();
    await belay(cwd, ["import", store.location, "--name", "copy"]);
    const traces = async (file: string, name: string) => {
      const reader = await openSqliteReader(file);
      onTestFinished(() => reader.close());
      const all = (await collect(reader.trials((await reader.study(name))!))).flat();
      const found = await reader.traces(all.map(({ id }) => id));
      return all.map(({ id, number, attempts }) => ({ number, attempts, trace: found.get(id) }));
    };
    const was = await traces(store.location, "digits");
    const is = await traces(join(cwd, "belay.db"), "copy");
    expect(is[6]!.trace!.attempts.map(({ state, cause, slot }) => [state, cause, slot])).toEqual([
      ["interrupted", "host", 2],
      ["complete", null, null],
    ]);
    expect(is[6]!.trace!.memory.map(({ phase }) => phase)).toEqual(["start", "split", "split", "final"]);
    expect([...is.slice(0, 5), is[6]]).toEqual([...was.slice(0, 5), was[6]]);
    // The trial that runs there was stopped, as far as this database knows.
    expect(is[5]!.trace!.attempts).toMatchObject([{ state: "interrupted", cause: "stop" }]);
  });
});

describe("belay import of a table", () => {
  const CSV = `loss,rate,units,kind,note\r\n0.5,0.1,8,adam,"a, ""b"""\r\n,0.25,16,sgd,\r\n-1e-3,0.2,4,,x\r\n`;

  it("takes the rows of a csv as trials, and finds the space in them", async () => {
    const cwd = folder();
    write(cwd, { "runs.csv": CSV });
    const columns = ["--value-column", "loss", "--direction", "minimize"];
    const { stdout, stderr } = await belay(cwd, [
      "import",
      "runs.csv",
      ...columns,
      "--params",
      "rate,units,kind",
    ]);
    expect([stdout, stderr]).toEqual(["runs: 3 trials\n", ""]);
    expect((await trials(cwd, "runs")).map(({ state, value, params }) => [state, value, params])).toEqual([
      ["complete", 0.5, { rate: 0.1, units: 8, kind: "adam" }],
      ["fail", null, { rate: 0.25, units: 16, kind: "sgd" }],
      ["complete", -0.001, { rate: 0.2, units: 4 }],
    ]);
    const [{ space }] = JSON.parse((await belay(cwd, ["sql", "SELECT space FROM studies", "--json"])).stdout);
    expect(JSON.parse(space).params.map((param: { distribution: object }) => param.distribution)).toEqual([
      { kind: "float", low: 0.1, high: 0.25, log: false, step: null },
      { kind: "int", low: 4, high: 16, log: false, step: 1 },
      { kind: "categorical", choices: ["adam", "sgd"] },
    ]);
    await belay(cwd, ["import", "runs.csv", ...columns, "--name", "all"]);
    expect((await trials(cwd, "all"))[0]!.params).toMatchObject({ note: 'a, "b"' });
    expect((await belay(cwd, ["repair"])).stdout).toContain("the database is intact");
  });

  it("takes what export wrote as ndjson", async () => {
    const { store } = await digits();
    const [from, cwd] = [dirname(store.location), folder()];
    const state = ["--state", "complete"];
    const out = join(cwd, "out.ndjson");
    await belay(from, ["export", "digits", "--format", "ndjson", "--out", out, ...state]);
    const params = ["--params", "params.learningRate,params.optimizer"];
    const columns = ["--value-column", "value", "--direction", "maximize", ...params];
    const { stderr } = await belay(cwd, ["import", "out.ndjson", "--name", "copy", ...columns]);
    expect(stderr).toBe("");
    const [was, is] = [await trials(from, "digits"), await trials(cwd, "copy")];
    expect(is.map(({ value }) => value)).toEqual([0.9, 0.95, 0.99]);
    expect(is[1]!.params).toEqual({
      learningRate: was[1]!.params.learningRate,
      optimizer: was[1]!.params.optimizer,
    });
  });

  it("reads a csv piece by piece, whatever is in its cells and wherever a piece ends", async () => {
    const cwd = folder();
    const odd = ['a, "b"', "two\r\nlines", "größe 🙂", " space ", '"', "5' long"];
    const quoted = odd.map((each) => `"${each.replaceAll('"', '""')}"`);
    const rows = Array.from({ length: 12_000 }, (_, i) => `${i},${quoted[i % odd.length]},${i / 8}`);
    writeFileSync(join(cwd, "big.csv"), `\uFEFFloss,kind,rate\n${rows.join("\r\n")}`);
    const columns = ["--value-column", "loss", "--direction", "minimize"];
    const { stdout, stderr } = await belay(cwd, ["import", "big.csv", ...columns]);
    expect([stdout, stderr]).toEqual(["big: 12000 trials\n", ""]);
    const asked = ["query", "big", "--where", "number >= 11990", "--json"];
    const last = JSON.parse((await belay(cwd, asked)).stdout) as { value: number; params: object }[];
    expect(last.map(({ value, params }) => [value, params])).toEqual(
      Array.from({ length: 10 }, (_, k) => [
        11_990 + k,
        { kind: odd[(11_990 + k) % odd.length], rate: (11_990 + k) / 8 },
      ]),
    );
    writeFileSync(join(cwd, "open.csv"), 'loss,kind\n1,"never closed\n2,b\n');
    const refused = await belay(cwd, ["import", "open.csv", ...columns]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'belay: open.csv: row 1: expected cells of CSV with their quotes closed, got "1,\\"never closed 2,b "\n',
    ]);
  });

  it("leaves nothing when it is killed in the middle", async () => {
    const cwd = folder();
    write(cwd, { "runs.csv": CSV });
    const columns = ["--value-column", "loss", "--direction", "minimize"];
    await belay(cwd, ["import", "runs.csv", ...columns]);
    writeFileSync(join(cwd, "big.csv"), `loss,rate\n${"0.5,0.25\n".repeat(60_000)}`);
    const before = readFileSync(join(cwd, "belay.db"));
    const { child, finished } = startProgram(cwd, [
      ...([process.execPath, MAIN, "import", "big.csv", ...columns] as const),
    ]);
    const wal = join(cwd, "belay.db-wal");
    await until("the import writes", () => existsSync(wal) && statSync(wal).size > 0);
    child.kill("SIGKILL");
    await finished;
    expect(readFileSync(join(cwd, "belay.db")).equals(before)).toBe(true);
    const listed = JSON.parse((await belay(cwd, ["list", "--json"])).stdout) as { study: string }[];
    expect(listed.map(({ study }) => study)).toEqual(["runs"]);
    expect((await belay(cwd, ["repair"])).stdout).toContain("the database is intact");
    expect(await trials(cwd, "runs")).toHaveLength(3);
  });

  it.each([
    ["no value column", [], "--value-column: expected the column of the value, got none"],
    ["no direction", ["--value-column", "loss"], "--direction: expected minimize or maximize"],
    ["an unknown column", ["--value-column", "los", "--direction", "minimize"], "did you mean loss?"],
    [
      "a text as value",
      ["--value-column", "kind", "--direction", "minimize"],
      'row 1: expected a number as kind, got "adam"',
    ],
    ["a study of a table", ["--study", "x"], "--study: expected a database, got csv"],
  ])("is refused in one line: %s", async (_, args, message) => {
    const cwd = folder();
    write(cwd, { "runs.csv": CSV });
    const { code, stderr } = await belay(cwd, ["import", "runs.csv", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(readdirSync(cwd)).toEqual(["runs.csv"]);
  });
});
