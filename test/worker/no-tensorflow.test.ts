import { expect, it } from "vitest";
import { belay, folder, trials, write } from "../support/belay.ts";

/** A plain JavaScript study without a backend, where no type says that there is no `tf`. */
const study = (train: string): string => `import { defineStudy, float } from "belay";
export default defineStudy({ name: "x", direction: "minimize", space: { x: float(0, 1) }, train: ${train} });`;

it.each([
  ["async ({ params, tf }) => tf.scalar(params.x).dataSync()[0]", "tf.scalar"],
  ["async (context) => { const { tidy } = context.tf; return tidy(() => 1); }", "tf.tidy"],
])("says what to add to a study that uses tf without a backend: %s", async (train, used) => {
  const cwd = folder();
  write(cwd, { "x.mjs": study(train) });
  const { code } = await belay(cwd, ["launch", "x.mjs", "--trials", "1"]);
  expect(code).toBe(1);
  const [trial] = await trials(cwd, "x");
  expect(trial).toMatchObject({ state: "fail", reason: "error" });
  const shown = await belay(cwd, ["show", "x", "0"]);
  expect(shown.stdout).toContain(`${used}: expected a study with a backend, got none: add backend: "auto"`);
  expect(shown.stdout).toMatch(/x\.mjs:2:/);
});

it("does not refuse a study that only destructures tf, or reads all fields of the context", async () => {
  const cwd = folder();
  write(cwd, {
    "x.mjs": study(
      "async ({ params, tf, ...rest }) => { console.log(tf, JSON.stringify({ tf })); await tf; return params.x + Object.keys(rest).length * 0; }",
    ),
  });
  const { code, stderr } = await belay(cwd, ["launch", "x.mjs", "--trials", "1"]);
  expect(code, stderr).toBe(0);
});
