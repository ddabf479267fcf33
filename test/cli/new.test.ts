import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { belay, folder, trials, write } from "../support/belay.ts";
import { pythonTest } from "../support/python.ts";

it("in an empty folder writes a study that passes check, runs and compiles", async () => {
  const cwd = folder();
  const made = await belay(cwd, ["new", "x"]);
  expect(made.code, made.stderr).toBe(0);
  expect(made.stdout).toContain("belay launch x.ts");
  expect(readdirSync(cwd).sort()).toEqual(["tsconfig.json", "x.ts"]);

  const checked = await belay(cwd, ["check", "x.ts"]);
  expect(checked.code, checked.stderr).toBe(0);
  expect(checked.stdout).toContain("no problems found");
  expect(readdirSync(cwd).sort(), "a check leaves nothing behind").toEqual(["tsconfig.json", "x.ts"]);

  const launched = await belay(cwd, ["launch", "x.ts", "--trials", "3"]);
  expect(launched.code, launched.stderr).toBe(0);
  for (const { state, value } of await trials(cwd, "x")) {
    expect(state).toBe("complete");
    expect(value).toBeGreaterThan(0.7); // Guessing would give 0.5.
  }

  const compiler = join(import.meta.dirname, "../../node_modules/.bin/tsc");
  const { status, stdout } = spawnSync(compiler, ["--pretty", "false", "-p", cwd], { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

it("accepts the name with .ts, prints JSON with --json, and leaves an existing tsconfig.json alone", async () => {
  const cwd = folder();
  write(cwd, { "tsconfig.json": "{}" });
  const { stdout, code } = await belay(cwd, ["new", "my-study.ts", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ study: "my-study", file: "my-study.ts", editorConfig: null });
  expect(readFileSync(join(cwd, "tsconfig.json"), "utf8")).toBe("{}");
});

it.each([
  ["x", /^belay: name: expected a file that can be made, got one that exists: x\.ts$/],
  ["../x", /^belay: name: expected 1 to 64 letters, .*, got "\.\.\/x"$/],
  [".x", /^belay: name: expected 1 to 64 letters, .*, got "\.x"$/],
])("refuses %s in one line, and overwrites nothing", async (name, message) => {
  const cwd = folder();
  write(cwd, { "x.ts": "mine" });
  const { code, stderr } = await belay(cwd, ["new", name]);
  expect(code).toBe(2);
  expect(stderr.trim()).toMatch(message);
  expect(readdirSync(cwd)).toEqual(["x.ts"]);
  expect(readFileSync(join(cwd, "x.ts"), "utf8")).toBe("mine");
});

it("writes a tsconfig.json that allows import.meta, JSON imports, a file beside the study and top-level await", async () => {
  const cwd = folder();
  const { code, stderr } = await belay(cwd, ["new", "x"]);
  expect(code, stderr).toBe(0);
  write(cwd, {
    "place.ts": `import { readFile } from "node:fs/promises";
import { defineStudy, float, type TrainContext } from "belay";
import { scale } from "./lib/scale.ts";
import { half } from "./lib/half";
import rows from "./rows.json" with { type: "json" };
const text = await readFile(new URL("rows.json", import.meta.url), "utf8");
export default defineStudy({
  name: "place",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: ({ params }) => half(scale * params.x) + rows.length + text.length + (import.meta.dirname?.length ?? 0),
});
export type Context = TrainContext<unknown, unknown, unknown, unknown>;
`,
    "lib/scale.ts": "export const scale: number = 2;\n",
    "lib/half.ts": "export const half = (x: number): number => x / 2;\n",
    "rows.json": "[1, 2]",
  });
  const compiler = join(import.meta.dirname, "../../node_modules/.bin/tsc");
  const { status, stdout } = spawnSync(compiler, ["--pretty", "false", "-p", cwd], { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
  const launched = await belay(cwd, ["launch", "place.ts", "--trials", "1"]);
  expect(launched.code, launched.stderr).toBe(0);
});

pythonTest(
  "with --python writes a study and a program that run with and without Belay, and compile",
  async () => {
    const cwd = folder();
    const made = await belay(cwd, ["new", "moons", "--python"]);
    expect(made.code, made.stderr).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual(["belay.py", "moons.py", "moons.ts", "tsconfig.json"]);

    const alone = spawnSync("python3", ["moons.py", "--neighbours=9"], { cwd, encoding: "utf8" });
    expect(alone.stdout).toMatch(/^split 0: 0\.\d+\n[\s\S]*\nmean: 0\.\d+\n$/);
    const checked = await belay(cwd, ["check", "moons.ts"]);
    expect(checked.stdout).toContain("splits: 5, which the program makes by itself");
    expect(checked.stdout).toContain("no problems found");
    const launched = await belay(cwd, ["launch", "moons.ts", "--trials", "3"]);
    expect(launched.code, launched.stderr).toBe(0);
    for (const { state, value, splits } of await trials(cwd, "moons")) {
      expect({ state, splits: splits.length }).toEqual({ state: "complete", splits: 5 });
      expect(value).toBeGreaterThan(0.7); // Guessing would give 0.5.
    }
    const compiler = join(import.meta.dirname, "../../node_modules/.bin/tsc");
    const { status, stdout } = spawnSync(compiler, ["--pretty", "false", "-p", cwd], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    const second = await belay(cwd, ["new", "other", "--python"]);
    expect(second.code, "a helper that is there serves both").toBe(0);
    const own = await belay(cwd, ["new", "belay", "--python"]);
    expect(own.stderr).toContain('name: expected another name than that of belay.py, got "belay"');
  },
);
