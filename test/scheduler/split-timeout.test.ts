import { expect, test } from "vitest";
import { belay, folder, rows, trials, write } from "../support/belay.ts";

/** A study of quick trials and one that never ends. */
const STUDY = `
import { defineStudy, float } from "belay";

export default defineStudy({
  name: "learned",
  direction: "minimize",
  space: { x: float(0, 1) },
  train({ params, trial }) {
    for (; trial.number === 22; );
    return params.x;
  },
});
`;

test("--split-timeout auto ends a trial that takes far longer than the study's splits do, and its row has the limit", async () => {
  const cwd = folder();
  write(cwd, { "learned.mjs": STUDY });
  const launch = ["launch", "learned.mjs", "--trials", "24", "--split-timeout", "auto"];
  const { code, stderr } = await belay(cwd, launch);
  expect(code, stderr).toBe(0);
  const all = await trials(cwd, "learned");
  const lost = all.filter(({ state }) => state !== "complete");
  expect(lost).toMatchObject([
    { number: 22, state: "pruned", reason: "split-timeout", detail: { limitMs: 5_000, during: "split 0" } },
  ]);
  const limits = await rows<{ number: number; limitMs: number | null; source: string }>(
    cwd,
    `select t.number, e.data ->> 'limitMs' as limitMs, e.data ->> 'from' as source
     from events e join trials t on t.id = e.trial_id where e.kind = 'split-limit' order by t.number`,
  );
  expect(limits).toHaveLength(24);
  expect(limits[0]).toMatchObject({ limitMs: 1_800_000, source: "fixed: 0 of 20 splits seen" });
  expect(limits[22]).toMatchObject({ limitMs: 5_000, source: expect.stringMatching(/^auto: 3 x the 95 %/) });
});
