import { expect, it } from "vitest";
import { belay, folder, rows, trials, write } from "../support/belay.ts";

/**
 * Trial 4 is stopped after one split, while splits of a trial hardly differ. In trial 5 they differ so much that trial 4
 * would not be stopped any more; its other splits are better than any.
 */
const STUDY = `
import { appendFileSync } from "node:fs";
import { defineStudy, float } from "belay";
const wobble = (number, split) => 0.01 * Math.sin(7 * number + 3 * split);
export default defineStudy({
  name: "raced",
  direction: "minimize",
  space: { x: float(0, 1) },
  sampler: "random",
  splits: () => Array.from({ length: 5 }, (_, split) => ({ train: [split], validation: [split + 1] })),
  train: ({ trial: { number }, splitIndex: split }) => {
    appendFileSync(new URL("trained.txt", import.meta.url), number + "/" + split + "\\n");
    if (number < 4) return 1 + wobble(number, split);
    if (number === 4) return split === 0 ? 1.1 : 0.1 + wobble(number, split);
    if (number === 5) return [-2, 4, -2, 4, 0.5][split];
    return 2 + wobble(number, split);
  },
});`;

const COMMON = ["--workers", "1", "--seed", "1", "--pruner", "race"];

async function study(...options: string[]) {
  const cwd = folder();
  write(cwd, { "study.ts": STUDY });
  const { code, stderr } = await belay(cwd, ["launch", "study.ts", ...COMMON, ...options]);
  expect(code, stderr).toBe(0);
  return { cwd, stderr };
}

async function fourth(cwd: string) {
  return (await trials(cwd, "raced")).find(({ number }) => number === 4)!;
}

it("takes a parked trial up again when all trials are used up, and every command that shows it says so", async () => {
  const { cwd, stderr } = await study("--trials", "6");
  expect(stderr).toContain("trial 4 is taken up again: the pruner would not stop it now");
  const trial = await fourth(cwd);
  expect(trial).toMatchObject({ state: "complete", attempts: 2, estimate: null });
  expect(trial.detail).toMatchObject({ unparked: { round: 1, splits: 1 } });
  expect(trial.splits.map(({ split }) => split)).toEqual([0, 1, 2, 3, 4]);
  const trained = await rows<{ n: number }>(cwd, "select count(*) as n from splits");
  expect(trained[0]!.n).toBe(30);
  const shown = (await belay(cwd, ["show", "raced", "4"])).stdout;
  expect(shown).toMatch(/taken up again after 1 split, when 1\.\d+ was expected of it/);
  expect(shown).toMatch(/attempt 1: pruned, splits 0,.*\nattempt 2: complete, splits 1, 2, 3, 4,/);
  const best = (await belay(cwd, ["best", "raced"])).stdout;
  expect(best).toMatch(/^trial 4: .*\(taken up again after 1 split, when .* was expected of it\)/);
  const { best: json } = JSON.parse((await belay(cwd, ["best", "raced", "--json"])).stdout);
  expect(json).toMatchObject({ number: 4, unparked: { splits: 1 } });
  const [event] = await rows<{ data: string }>(cwd, "select data from events where kind = 'unpark'");
  expect(JSON.parse(event!.data)).toMatchObject({
    detail: { pruner: "race", splits: 1 },
    memory: { phase: "final" },
  });
  const repaired = await belay(cwd, ["repair"]);
  expect(repaired.code, repaired.stderr).toBe(0);
  expect(await fourth(cwd)).toEqual(trial);
});

it("takes parked trials up first with --unpark, before any other trial starts", async () => {
  const { cwd } = await study("--trials", "8", "--target", "0.95");
  expect((await fourth(cwd)).state).toBe("pruned");
  const resumed = await belay(cwd, ["resume", "raced", "--unpark", "--target", "-9"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  const started = await rows<{ number: number; attempt: number }>(
    cwd,
    "select number, attempt from attempts join trials on trials.id = trial_id order by attempts.started_at, number",
  );
  const again = started.findIndex(({ number, attempt }) => number === 4 && attempt === 2);
  expect(started.slice(again + 1).map(({ number }) => number)).toEqual([6, 7]);
  expect((await fourth(cwd)).state).toBe("complete");
  const asked = await belay(cwd, ["resume", "raced", "--unpark"]);
  expect(asked.stderr).toContain("no trial is taken up again");
});

it("does so also where a stop rule lets no new trial start", async () => {
  const { cwd } = await study("--trials", "8", "--target", "0.95");
  const rule = ["--stop", "cost(hours=0.000001)"];
  const resumed = await belay(cwd, ["resume", "raced", "--unpark", "--target", "-9", ...rule]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect((await fourth(cwd)).state).toBe("complete");
  expect(await trials(cwd, "raced")).toHaveLength(6);
  expect(await rows(cwd, "select state from studies")).toEqual([{ state: "converged" }]);
});
