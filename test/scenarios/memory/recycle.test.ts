import { expect, test } from "vitest";
import { belay, folder, rows, write } from "../../support/belay.ts";

const STUDY = `
import { defineStudy, float } from "belay";

export default defineStudy({
  name: "recycle",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: () => 1,
});
`;

test.each([
  ["clean", 1],
  ["2", 3],
  ["always", 6],
])("--recycle %s runs six trials in %i hosts", async (recycle, hosts) => {
  const cwd = folder();
  write(cwd, { "recycle.mjs": STUDY });
  const { code } = await belay(cwd, ["launch", "recycle.mjs", "--trials", "6", "--recycle", recycle]);
  expect(code).toBe(0);
  const counted = await rows(
    cwd,
    "select count(distinct host_pid) as hosts, count(*) as trials from attempts",
  );
  expect(counted).toEqual([{ hosts, trials: 6 }]);
});
