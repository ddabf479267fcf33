import { expect, it } from "vitest";
import { belay, folder, rows, trials, write } from "../support/belay.ts";

/** The default pruner of a study, and what a race leaves in the database. */

const study = (more = "", splits = 5): string => `
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "raced",
  direction: "minimize",
  space: { x: float(0, 1) },
  splits: () => Array.from({ length: ${splits} }, (_, split) => ({ train: [split], validation: [split + 1] })),
  train: ({ params, splitIndex: split }) => params.x + 3 * Math.sin(split) + 0.001 * Math.sin(1000 * params.x * split),
  ${more}
});`;

/** The tests' own environment chooses a pruner, so it is unset here, as it is for users. */
const USERS = { BELAY_PRUNER: "" };

async function launch(text: string, ...options: string[]) {
  const cwd = folder();
  write(cwd, { "study.ts": text });
  const done = await belay(cwd, ["launch", "study.ts", "--trials", "20", "--seed", "1", ...options], USERS);
  expect(done.code, done.stderr).toBe(0);
  const [row] = await rows<{ pruner: string }>(cwd, "select pruner from studies");
  const { settings } = JSON.parse((await belay(cwd, ["show", "raced", "--json"])).stdout);
  return { cwd, ...row!, source: settings.pruner.source as string, stderr: done.stderr };
}

it("races by default a study of one objective and several splits, and says why", async () => {
  const { cwd, pruner, source } = await launch(study());
  expect([pruner, source]).toEqual(["race(alpha=0.05)", "default for one objective and 5 splits"]);
  const shown = await belay(cwd, ["show", "raced"]);
  expect(shown.stdout).toContain("pruner  race(alpha=0.05)  (default for one objective and 5 splits)");
  const all = await trials(cwd, "raced");
  const raced = all.find(({ state }) => state === "pruned")!;
  expect(raced).toMatchObject({ reason: "pruner", value: null, values: [], detail: { pruner: "race" } });
  const { estimate, detail, params } = raced as unknown as {
    estimate: number;
    detail: Record<string, number>;
    params: { x: number };
  };
  expect(raced.splits.length).toBeLessThan(5);
  const sines = [0, 1, 2, 3, 4].reduce((sum, split) => sum + (3 * Math.sin(split)) / 5, 0);
  expect(estimate).toBeCloseTo(params.x + sines, 1);
  expect(detail.estimateLow).toBeLessThanOrEqual(estimate);
  expect(detail.estimateHigh).toBeGreaterThanOrEqual(estimate);
  const one = await belay(cwd, ["show", "raced", String(raced.number)]);
  expect(one.stdout).toMatch(/estimate .* after \d splits?; it has no value/);
  const best = JSON.parse((await belay(cwd, ["best", "raced", "--json"])).stdout);
  expect(all.find(({ number }) => number === best.number)?.state ?? best.best).toBeTruthy();
});

it("resumes with the pruner of the launch, whatever the default is", async () => {
  const { cwd } = await launch(study(), "--pruner", "none");
  const resumed = await belay(cwd, ["resume", "raced", "--add", "15"], USERS);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect((await trials(cwd, "raced")).map(({ state }) => state)).toEqual(Array(35).fill("complete"));
});

it.each([
  ["two splits", study("", 2), "default for 2 splits"],
  [
    "another aggregate",
    study("aggregate: (values) => values[0] + values[4],"),
    "default for an aggregate that some splits do not tell",
  ],
])("does not race with %s", async (_, text, why) => {
  const { pruner, source } = await launch(text);
  expect([pruner, source]).toEqual(["none", why]);
});

it("races by the worst split if that is the value, and says what is different", async () => {
  const text = study("aggregate: (values) => Math.max(...values),");
  const { cwd, pruner, stderr } = await launch(text);
  expect(pruner).toBe("race(alpha=0.05)");
  expect(stderr).toContain("pruner race: the value is a place among the sorted splits, not their mean");
  const told = await trials(cwd, "raced");
  const raced = told.find(({ state }) => state === "pruned") as unknown as {
    estimate: number;
    params: { x: number };
  };
  expect(raced.estimate).toBeCloseTo(raced.params.x + 3 * Math.sin(2), 1); // This is the hardest split.
});

it("says when a race cannot judge a study", async () => {
  const text = study("aggregate: (values) => values[0] + values[4],");
  const { cwd, stderr } = await launch(text, "--pruner", "race");
  expect(stderr).toMatch(
    /race: what the aggregate will come to, .*; every trial runs to its end or to a limit/,
  );
  expect((await trials(cwd, "raced")).every(({ state }) => state === "complete")).toBe(true);
});

it("recognises a mean that the study computes by itself", async () => {
  const { pruner } = await launch(
    study("aggregate: (values) => values.reduce((a, b) => a + b) / values.length,"),
  );
  expect(pruner).toBe("race(alpha=0.05)");
});
