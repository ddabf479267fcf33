import { expect, test } from "vitest";
import { belay, folder, trials, write } from "../../support/belay.ts";

/** Limits of more than 24.8 days, which a timer of Node would treat as no delay at all. */

const STUDY = `
import { defineStudy, float } from "belay";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default defineStudy({
  name: "long",
  direction: "minimize",
  space: { x: float(0, 1) },
  limits: { setupTimeout: "700h" },
  data: () => sleep(200),
  // The first trial exceeds its limit, is told so, and takes some time to tidy up.
  train: async ({ trial, signal }) => {
    if (trial.number > 0) return 1;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await sleep(500);
    throw new Error("told to end");
  },
});
`;

test("limits of months work, and no timer warns", async () => {
  const cwd = folder();
  write(cwd, { "study.mjs": STUDY });
  const months = ["--setup-timeout", "--grace", "--trial-timeout", "--study-timeout"].flatMap((limit) => [
    limit,
    "1000h",
  ]);
  const args = ["launch", "study.mjs", "--trials", "2", "--split-timeout", "1s"];
  const { code, stderr } = await belay(cwd, [...args, ...months]);
  expect(code, stderr).toBe(0);
  expect(stderr).not.toContain("TimeoutOverflowWarning");
  const [first, second] = await trials(cwd, "long");
  expect(first).toMatchObject({ state: "pruned", reason: "split-timeout", detail: { rung: "abort" } });
  expect(second?.state).toBe("complete");

  // This launch takes the long setup timeout from the study file.
  const other = await belay(cwd, [
    "launch",
    "study.mjs",
    "--name",
    "own",
    "--trials",
    "2",
    "--split-timeout",
    "1s",
  ]);
  expect(other.code, other.stderr).toBe(0);
  expect(other.stderr).not.toContain("TimeoutOverflowWarning");
});
