import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { belay, folder, trials, write } from "../support/belay.ts";

/** A study that prepares its data from rows.csv in four steps; the code `step` runs before each. */
const study = (step: string): string => `
  import { readFile } from "node:fs/promises";
  import { defineStudy, float } from "belay";
  const rows = new URL("rows.csv", import.meta.url);
  export default defineStudy({
    name: "x",
    direction: "maximize",
    space: { weight: float(0, 1) },
    data: ({ cached, progress }) =>
      cached({
        name: "rows",
        files: [rows],
        load: async () => {
          const heights = Float64Array.from((await readFile(rows, "utf8")).trim().split("\\n"), Number);
          for (let i = 0; i < 4; i++) {
            ${step}
            progress(i + 1, 4, "reading rows");
          }
          return { heights };
        },
      }),
    train: ({ params, data }) => params.weight * data.heights[2],
  });`;

it("prepares data once, and opens the prepared data in later launches", async () => {
  const cwd = folder();
  write(cwd, { "x.mjs": study(""), "rows.csv": "1\n2\n3\n" });
  const first = await belay(cwd, ["launch", "x.mjs", "--trials", "2", "--recycle", "always"]);
  expect(first.code, first.stderr).toBe(0);
  expect(first.stderr).toContain("data: 1 of 4 (25 %), reading rows");
  expect(readdirSync(join(cwd, "belay.db.cache"))).toEqual([
    expect.stringMatching(/^rows-[0-9a-f]{16}\.data$/),
  ]);
  const log = (): string => readFileSync(join(cwd, "belay.log"), "utf8");
  expect(log().match(/data \\"rows\\": made/g)).toHaveLength(1);
  expect(log()).toMatch(/data \\"rows\\": opened/);

  const second = await belay(cwd, ["launch", "x.mjs", "--trials", "1", "--name", "y"]);
  expect(second.code, second.stderr).toBe(0);
  expect(log().match(/data \\"rows\\": made/g)).toHaveLength(1);
  const [trial] = await trials(cwd, "y");
  expect(trial!.value).toBeCloseTo(3 * Number(trial!.params.weight), 12);
});

it.each([
  ["throws", 'if (i === 2) throw new Error("no such row");', "data: threw Error: no such row"],
  ["hangs", "if (i === 2) for (;;);", "data: expected `data` to end within 20 s, and it did not"],
  ["ends its process", "if (i === 2) process.exit(3);", "data: expected the worker to become ready"],
])("says how far a load has come that %s", async (_, step, message) => {
  const cwd = folder();
  write(cwd, { "x.mjs": study(step), "rows.csv": "1\n" });
  // The timeout lets a busy machine reach the third row; only the load that hangs waits for its end.
  const { code, stderr } = await belay(cwd, ["launch", "x.mjs", "--setup-timeout", "20s"]);
  expect(code).toBe(1);
  const last = stderr.trim().split("\n").at(-1);
  expect(last).toContain(`belay: x.mjs: ${message}`);
  expect(last).toMatch(/, at 2 of 4 \(50 %\), reading rows$/);
});
