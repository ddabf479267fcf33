import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, rows, start, trials, until, write } from "../../support/belay.ts";
import { studyText } from "../../support/refused.ts";

/** Stop rules through the command line: a study converges, reports it, and can be continued. */

/** A study whose first trial is the best one. */
const FLAT = studyText("train: ({ trial }) => (trial.number === 0 ? 0 : 1 + trial.number),");
const RULE = "no-improvement(trials=4)";

const summaryOf = (stdout: string) => JSON.parse(stdout) as Record<string, unknown>;

test("a study ends as converged; its summary, show, the log and the database name the rule", async () => {
  const cwd = folder();
  write(cwd, { "bowl.ts": FLAT });
  const launched = await belay(cwd, ["launch", "bowl.ts", "--trials", "30", "--stop", RULE, "--json"]);
  expect(launched.code, launched.stderr).toBe(0);
  const text = "no improvement for 4 of 4 trials";
  const stop = { rule: RULE, text, since: 4, trials: 4, best: 0, bestTrial: 0 };
  expect(summaryOf(launched.stdout)).toMatchObject({ state: "converged", stop, trials: { complete: 5 } });
  expect(launched.stderr).toContain(`stop ${RULE}, seed`);
  expect(launched.stderr).toContain(`stop rule ${RULE} holds: ${text}: no new trial starts`);
  const log = readFileSync(join(cwd, "belay.log"), "utf8");
  expect(log).toContain(`Stop rules: no trial is complete yet`);
  expect(log).toContain(`Study bowl ended: converged: ${RULE}: ${text}`);

  const shown = await belay(cwd, ["show", "bowl", "--json"]);
  const detail = summaryOf(shown.stdout);
  expect(detail).toMatchObject({
    state: "converged",
    stop: [{ rule: RULE, holds: true, text }],
    stopNotes: [],
    endDetail: stop,
    settings: { stop: { value: [RULE], source: "command line" } },
  });
  const readable = await belay(cwd, ["show", "bowl"]);
  expect(readable.stdout).toContain("bowl: converged, 5 of 30 trials");
  expect(readable.stdout).toContain(`stop: ${text} (${RULE}, which holds)`);
  expect((await belay(cwd, ["list"])).stdout).toContain("converged");
  expect(await rows(cwd, "select state, end_detail from studies")).toEqual([
    { state: "converged", end_detail: JSON.stringify(stop) },
  ]);
});

test("regret ends a study whose possible gain is small compared with the noise of its splits", async () => {
  const cwd = folder();
  // The two splits differ by 2 in a space whose values differ by 1, so most of that is noise.
  const noisy = studyText("train: ({ params, splitIndex }) => params.x ** 2 + 2 * splitIndex,");
  write(cwd, { "bowl.ts": noisy, "one.ts": studyText('name: "one", splits: undefined, train: () => 1,') });
  const launched = await belay(cwd, ["launch", "bowl.ts", "--trials", "90", "--stop", "regret", "--json"]);
  expect(launched.code, launched.stderr).toBe(0);
  const { state, stop } = summaryOf(launched.stdout) as { state: string; stop: Record<string, number> };
  expect(state).toBe("converged");
  expect(stop.below).toBeCloseTo(Math.sqrt((1 / 2 + 1) * 2), 6);
  expect(stop.bound).toBeLessThan(stop.below!);
  expect(stop.trials).toBeGreaterThanOrEqual(20);
  const { stop: figures } = summaryOf((await belay(cwd, ["show", "bowl", "--json"])).stdout);
  expect(figures).toMatchObject([{ rule: "regret", holds: true, text: stop.text }]);
  const one = await belay(cwd, ["launch", "one.ts", "--trials", "2", "--stop", "regret"]);
  expect(one.stderr).toContain(
    "stop rule regret: one split does not tell the noise of its value: give below, as in",
  );
});

test("a resume of a converged study ends at once and says so, also with more trials; with --stop none it goes on", async () => {
  const cwd = folder();
  write(cwd, { "bowl.ts": studyText(`train: () => 1, stop: [${JSON.stringify(RULE)}],`) });
  const launched = await belay(cwd, ["launch", "bowl.ts", "--trials", "8"]);
  expect(launched.stdout).toContain("bowl: converged");
  const dry = await belay(cwd, ["resume", "bowl", "--dry-run", "--add", "2"]);
  expect(dry.stdout).toBe(
    `bowl: 5 of 10 trials are finished; 0 would go on, 0 would be new: stop rule ${RULE} holds: no improvement for 4 of 4 trials\n`,
  );
  const again = await belay(cwd, ["resume", "bowl", "--add", "2"]);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stdout).toContain(`stop rule ${RULE} holds: no improvement for 4 of 4 trials; `);
  expect(await trials(cwd, "bowl")).toHaveLength(5);
  const on = await belay(cwd, ["resume", "bowl", "--stop", "none", "--json"]);
  expect(summaryOf(on.stdout)).toMatchObject({ state: "finished", trials: { complete: 10 } });
  expect(summaryOf(on.stdout).stop).toBeUndefined();
  const [changed] = await rows<{ data: string }>(cwd, "select data from events where kind = 'stop-rules'");
  expect(JSON.parse(changed!.data)).toEqual({ from: [RULE], to: [], who: expect.stringContaining("@") });
});

test("a study file has rules as results of factories or as names; the command line overrides them, and they override the environment", async () => {
  const cwd = folder();
  const file = studyText("train: () => 1, stop: [noImprovement({ trials: 3 }), cost({ hours: 9 })],").replace(
    "import { ",
    "import { cost, noImprovement, ",
  );
  write(cwd, { "bowl.ts": file, "plain.ts": studyText('name: "plain", train: () => 1,') });
  const env = { BELAY_STOP: "no-improvement(trials=2), cost(hours=7)" };
  const stopOf = async (...args: string[]) => {
    const run = await belay(cwd, ["launch", ...args, "--trials", "9", "--json"], env);
    expect(run.code, run.stderr).toBe(0);
    const { study, trials } = summaryOf(run.stdout) as { study: string; trials: { complete: number } };
    const { settings } = JSON.parse((await belay(cwd, ["show", study, "--json"])).stdout);
    return { complete: trials.complete, stop: settings.stop };
  };
  expect(await stopOf("bowl.ts")).toEqual({
    complete: 4,
    stop: { value: ["no-improvement(trials=3)", "cost(hours=9)"], source: "study file" },
  });
  expect(await stopOf("bowl.ts", "--name", "b", "--stop", "no-improvement(5)", "--stop", "cost(8)")).toEqual({
    complete: 6,
    stop: { value: ["no-improvement(trials=5)", "cost(hours=8)"], source: "command line" },
  });
  expect(await stopOf("bowl.ts", "--name", "c", "--stop", "none")).toEqual({
    complete: 9,
    stop: { value: [], source: "command line" },
  });
  expect(await stopOf("plain.ts")).toEqual({
    complete: 3,
    stop: { value: ["no-improvement(trials=2)", "cost(hours=7)"], source: "environment" },
  });
});

test("cost ends a study whose trials all fail, and counts the time of earlier runs", async () => {
  const cwd = folder();
  write(cwd, { "bowl.ts": studyText('train: () => { throw new Error("lost"); },') });
  const hours = 1 / 3_600; // This is one second.
  const launched = await belay(cwd, ["launch", "bowl.ts", "--trials", "100000", "--stop", `cost(${hours})`]);
  expect(launched.code, launched.stderr).toBe(1); // No trial is complete.
  expect(launched.stdout).toContain("bowl: converged");
  expect(launched.stdout).toMatch(/stop rule cost\(hours=0\.0002\d+\) holds: ran 1(\.\d)? s of 1(\.0)? s; /);
  const [{ state, told }] = (await rows(
    cwd,
    "select s.state, (select count(*) from trials where told is not null) as told from studies s",
  )) as [{ state: string; told: number }];
  expect(state).toBe("converged");
  const again = await belay(cwd, ["resume", "bowl"]);
  expect(again.stdout).toContain("bowl: converged");
  expect(await trials(cwd, "bowl")).toHaveLength(told); // Its time was used up before it began.
});

/** Trials from number 2 on wait until a file `go` exists; number 3 is the best. */
const GATED = studyText(`train: async ({ trial, splitIndex }) => {
    const { existsSync } = await import("node:fs");
    while (trial.number > 1 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
    return trial.number === 3 ? 0 : 1;
  },`);

test("when a rule holds, running trials are completed; if one of them improves, the study goes on", async () => {
  const cwd = folder();
  write(cwd, { "bowl.ts": GATED });
  const args = [
    "launch",
    "bowl.ts",
    "--trials",
    "20",
    "--workers",
    "3",
    "--stop",
    "no-improvement(trials=1)",
  ];
  const run = start(cwd, args);
  // Trials 0 and 1 are complete without an improvement, and 2 to 4 may run by then.
  await until("the rule", () => /stop rule .* holds: .*: no new trial starts, /.test(run.output().stderr));
  write(cwd, { go: "" });
  const { code, stdout } = await run.finished;
  expect(code).toBe(0);
  expect(stdout).toContain("bowl: converged");
  const all = await trials(cwd, "bowl");
  expect(all.every(({ state }) => state === "complete")).toBe(true);
  expect(all.length).toBeGreaterThan(4); // Trial 3 improved, so the study went on until the rule held again.
  expect(all.length).toBeLessThan(20);
});

test("set changes the rules of a running study, refuses wrong ones, and records an event", async () => {
  const cwd = folder();
  write(cwd, { "bowl.ts": GATED.replace("trial.number > 1 &&", "trial.number > 0 &&") });
  const run = start(cwd, ["launch", "bowl.ts", "--trials", "30", "--stop", "no-improvement(trials=20)"]);
  await until("a trial", () => run.output().stderr.includes("trial 1 started"));
  const wrong = await belay(cwd, ["set", "bowl", "stop=cost(hour=1)"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/^belay: stop: cost: .*did you mean "hours"\?\n$/);
  const set = await belay(cwd, ["set", "bowl", "stop=no-improvement(trials=3), cost(hours=5)"]);
  expect(set.stdout).toBe("bowl: stop no-improvement(trials=3), cost(hours=5)\n");
  const { stop, settings } = JSON.parse((await belay(cwd, ["show", "bowl", "--json"])).stdout);
  expect(settings.stop).toEqual({ value: ["no-improvement(trials=3)", "cost(hours=5)"], source: "set" });
  expect(stop).toMatchObject([{ text: "no improvement for 0 of 3 trials" }, { text: /^ran .* of 5 h/ }]);
  write(cwd, { go: "" });
  expect((await run.finished).stdout).toContain("stop rule no-improvement(trials=3) holds");
  const [{ data }] = (await rows(cwd, "select data from events where kind = 'set'")) as [{ data: string }];
  expect(JSON.parse(data)).toMatchObject({
    ok: true,
    asked: ["stop=no-improvement(trials=3), cost(hours=5)"],
  });
});

test("with several objectives there is no best value: launch and show say that the rule never holds; cost can", async () => {
  const cwd = folder();
  const file = studyText("").replace('direction: "minimize"', 'directions: ["minimize", "maximize"]');
  write(cwd, { "bowl.ts": file.replace("params.x ** 2", "[1, 1]") });
  const args = ["--trials", "9", "--stop", "no-improvement(trials=1)", "--stop", "cost(hours=5)", "--json"];
  const launched = await belay(cwd, ["launch", "bowl.ts", ...args]);
  const line =
    "stop rule no-improvement: values of several objectives have no order, so there is no best one; it never ends the study";
  expect(launched.stderr).toContain(`${line}\n`);
  expect(summaryOf(launched.stdout)).toMatchObject({ state: "finished" });
  expect((await belay(cwd, ["show", "bowl"])).stdout).toContain(line);
  expect((await belay(cwd, ["check", "bowl.ts", ...args.slice(2, 4)])).stdout).toContain(line);
});
