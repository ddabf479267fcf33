import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, trials, write } from "../../support/belay.ts";
import { corrupt } from "../../support/damaged.ts";

/** Studies in which a trial is missing, because `belay repair` could not save it. */

const STUDY = `import { defineStudy, float } from "belay";
export default defineStudy({
  name: "gap", direction: "minimize", space: { x: float(0, 1) }, train: ({ params }) => params.x,
});`;

test("a deterministic study goes on after a repair that has lost one of its trials", async () => {
  const cwd = folder();
  write(cwd, { "gap.ts": STUDY });
  const launched = await belay(cwd, ["launch", "gap.ts", "--trials", "6", "--deterministic", "2"]);
  expect(launched.code, launched.stderr).toBe(0);
  corrupt(
    join(cwd, "belay.db"),
    "DELETE FROM attempts WHERE trial_id = 3; DELETE FROM splits WHERE trial_id = 3; DELETE FROM trials WHERE id = 3",
  );
  expect((await belay(cwd, ["repair"])).stdout).toContain("trials: 5 rows saved, 1 lost\n");

  const resumed = await belay(cwd, ["resume", "gap", "--add", "3"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect((await trials(cwd, "gap")).map(({ number, state }) => [number, state])).toEqual(
    [0, 1, 3, 4, 5, 6, 7, 8, 9].map((number) => [number, "complete"]),
  );
});
