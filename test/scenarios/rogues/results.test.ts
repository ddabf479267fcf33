import { expect, test } from "vitest";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";

/** What `train` may return, and how it is recorded. */

async function launch(study: string) {
  const cwd = folder();
  write(cwd, {
    "s.ts": `import { defineStudy, int, kFold } from "belay";\nconst x = int(0, 9);\nexport default defineStudy({ name: "s", space: { x }, ${study} });\n`,
  });
  const run = await belay(cwd, ["launch", "s.ts", "--trials", "1"]);
  return { cwd, run, row: (await trials(cwd, "s"))[0]! };
}

const TWO_SPLITS = `direction: "minimize", splits: () => kFold(4, { folds: 2 }),`;

test.each([
  ["more", "[0, 5]", /^train returned: expected 1 constraints, as in the splits before, got 2$/],
  ["fewer", "[]", /^train returned: expected 1 constraints, as in the splits before, got 0$/],
])("a split with %s constraints than the one before fails its trial", async (_, second, message) => {
  const { row } = await launch(
    `${TWO_SPLITS} train: ({ splitIndex }) => ({ values: 1, constraints: splitIndex === 0 ? [0] : ${second} }),`,
  );
  expect(row).toMatchObject({ state: "fail", reason: "error", detail: { during: "split 1" } });
  expect(row.error?.message).toMatch(message);
});

test.each(["Float32Array", "Int32Array"])("a %s is accepted as an array of numbers", async (kind) => {
  const { cwd, row } = await launch(
    `directions: ["minimize", "maximize"], train: () => ({ values: new ${kind}([1, 2]), constraints: new ${kind}([-1]) }) as never,`,
  );
  expect(row).toMatchObject({ state: "complete", values: [1, 2] });
  expect(await rows(cwd, "SELECT constraints FROM trials")).toEqual([{ constraints: "[-1]" }]);
});

test("a typed array is accepted as the whole result", async () => {
  const { row } = await launch(
    `directions: ["minimize", "maximize"], train: () => new Float32Array([1, 2]) as never,`,
  );
  expect(row).toMatchObject({ state: "complete", values: [1, 2] });
});

test("an array with holes is not accepted as an array of numbers", async () => {
  const { row } = await launch(`directions: ["minimize", "maximize"], train: () => new Array(2) as never,`);
  expect(row).toMatchObject({ state: "fail", reason: "error", detail: { during: "split 0" } });
  expect(row.error?.message).toBe(
    "train returned: expected an array of 2 numbers, got [undefined, undefined]",
  );
});

test("properties that a trial adds to every object do not affect its outcome", async () => {
  const { run, row } = await launch(
    `direction: "minimize", train: () => { Object.assign(Object.prototype, { state: "x", reason: "y", end: "z", kind: "w", values: [7], verdict: 1, detail: 2 }); return 1; },`,
  );
  expect(run.stderr).not.toContain("belay:");
  expect(row).toMatchObject({ state: "complete", value: 1 });
});
