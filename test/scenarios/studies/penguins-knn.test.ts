import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { belay, folder, trials } from "../../support/belay.ts";
import { pythonTest } from "../../support/python.ts";

const STUDY = fileURLToPath(new URL("../../../studies/penguins-knn.yaml", import.meta.url));

pythonTest(
  "the example in plain Python tells the species of nearly all penguins, and its study checks",
  async () => {
    const cwd = folder();
    const checked = await belay(cwd, ["check", STUDY]);
    expect(checked.stdout).toContain("no problems found");
    const seed = ["--seed", "1", "--workers", "2"];
    const launched = await belay(cwd, ["launch", STUDY, "--trials", "4", ...seed]);
    expect(launched.code, launched.stderr).toBe(0);
    const [first, ...others] = await trials(cwd, "penguins-knn");
    expect(first).toMatchObject({ state: "complete", params: { neighbours: 5, mass: 1 } });
    expect(first?.splits.map(({ value }) => value.toFixed(3))).toEqual([
      ...["1.000", "0.986", "0.941", "1.000", "0.985"],
    ]);
    for (const { state, value } of others) {
      expect(state).toBe("complete");
      expect(value).toBeGreaterThan(0.6);
    }
  },
);
