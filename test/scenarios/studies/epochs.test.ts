import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";

/** Studies of one split that report each epoch: a pruner ends a trial at a report, which frees its slot. */

const EPOCHS = 12;

/** Trial n reports `level` at every epoch, and writes down every epoch that it trains. */
const STUDY = `
import { appendFileSync } from "node:fs";
import { defineStudy, halving, int, patient, percentile } from "belay";
void [halving, patient, percentile];
export default defineStudy({
  name: "epochs",
  direction: "minimize",
  space: { level: int(0, 99) },
  noise: true,
  pruner: PRUNER,
  train: async ({ params: { level }, report, trial }) => {
    for (let epoch = 1; epoch <= ${EPOCHS}; epoch++) {
      appendFileSync("trained.txt", \`\${trial.number} \${epoch}\\n\`);
      await report(epoch, level);
    }
    appendFileSync("trained.txt", \`\${trial.number} end\\n\`);
    return level;
  },
});
`;

async function launch(pruner: string, levels: readonly number[], count = levels.length) {
  const cwd = folder();
  write(cwd, { "s.ts": STUDY.replace("PRUNER", pruner) });
  const wanted = levels.flatMap((level) => ["--enqueue", JSON.stringify({ level })]);
  const args = ["launch", "s.ts", "--trials", String(count), "--sampler", "random", ...wanted];
  const run = await belay(cwd, args);
  expect(run.code, run.stderr).toBe(0);
  const trained = readFileSync(join(cwd, "trained.txt"), "utf8").trim().split("\n");
  /** The last thing that trial `number` wrote down. */
  const last = (number: number): string =>
    trained.findLast((line) => line.startsWith(`${number} `))!.split(" ")[1]!;
  return { cwd, run, trained, last, rows: await trials(cwd, "epochs") };
}

test("a pruned trial trains no epoch after the report at which it was pruned, and the next one starts", async () => {
  const { cwd, rows: ended, trained, last } = await launch("halving({ eta: 3 })", [1, 2, 3, 50, 0, 60]);
  expect(ended.map(({ state }) => state)).toEqual([
    ...["complete", "complete", "complete", "pruned", "complete", "pruned"],
  ]);
  expect([3, 5].map(last)).toEqual(["1", "1"]); // This is the first rung.
  expect(last(4)).toBe("end");
  expect(ended[3]).toMatchObject({
    ...{ reason: "pruner", value: null },
    detail: { pruner: "halving", step: 1, value: 50, rung: 1, better: 3, passing: 1, trials: 4 },
  });
  const reports = await rows(
    cwd,
    "select step from reports join trials on trials.id = trial_id where number = 3",
  );
  expect(reports).toEqual([{ step: 1 }]);
  expect(trained.indexOf("4 1")).toBe(trained.indexOf("3 1") + 1); // There is one worker, so trial 4 took its slot at once.
});

test("a nested pruner is recorded as text, and still judges after a resume", async () => {
  const pruner = "patient({ pruner: percentile({ q: 40, startupTrials: 2 }), patience: 2 })";
  const { cwd, rows: ended, last } = await launch(pruner, [1, 2, 50, 70], 3);
  expect(ended[2]).toMatchObject({
    state: "pruned",
    detail: { pruner: "patient", wrapped: "percentile", step: 3, withoutImprovement: 2 },
  });
  expect(last(2)).toBe("3");
  expect(await rows(cwd, "select pruner from studies")).toEqual([
    { pruner: "patient(pruner=percentile(q=40, startupTrials=2), patience=2)" },
  ]);
  await belay(cwd, ["resume", "epochs", "--add", "1"]);
  expect((await trials(cwd, "epochs"))[3]).toMatchObject({ state: "pruned", detail: { step: 3 } });
});

test("a pruner that cannot judge a study is reported once at each launch and resume, and by show", async () => {
  const cwd = folder();
  write(cwd, {
    "two.ts": `
import { defineStudy, float, halving } from "belay";
export default defineStudy({
  name: "two",
  directions: ["minimize", "maximize"],
  space: { x: float(0, 1) },
  pruner: halving(),
  splits: () => [0, 1].map((split) => ({ train: [split], validation: [1 - split] })),
  train: ({ params: { x } }) => [x, x],
});
`,
  });
  const note =
    "pruner halving: trials with several objectives have no order, so none is judged; every trial runs to its end or to a limit";
  const { stderr } = await belay(cwd, ["launch", "two.ts", "--trials", "2", "--sampler", "random"]);
  expect(stderr.split(note)).toHaveLength(2);
  const resumed = await belay(cwd, ["resume", "two", "--add", "1"]);
  expect(resumed.stderr.split(note)).toHaveLength(2);
  const { stdout } = await belay(cwd, ["show", "two"]);
  expect(stdout.split("\n")).toContain(note);
  const { stderr: single } = await launchWith(cwd, "wilcoxon");
  const ofSplits = "pruner wilcoxon: it compares splits, and this study has one";
  expect(single).toContain(ofSplits);
  expect((await belay(cwd, ["resume", "epochs", "--add", "1"])).stderr).toContain(ofSplits);
});

async function launchWith(cwd: string, pruner: string) {
  write(cwd, { "one.ts": STUDY.replace("PRUNER", '"none"') });
  return belay(cwd, ["launch", "one.ts", "--trials", "1", "--sampler", "random", "--pruner", pruner]);
}
