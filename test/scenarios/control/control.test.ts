import { expect, test } from "vitest";
import { belay, folder, type Running, rows, start, trials, until, write } from "../../support/belay.ts";

/** Splits that end when a file appears, so that no test depends on their speed. */
const study = (name: string, splits = 3): string => `
import { appendFileSync, existsSync } from "node:fs";
import { defineStudy, float, kFold } from "belay";
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { x: float(0, 1) },
  ${splits > 1 ? `splits: () => kFold(40, { folds: ${splits} }),` : ""}
  train: async ({ params, splitIndex, trial }) => {
    appendFileSync("began.txt", trial.number + " " + splitIndex + "\\n");
    while (!existsSync("go") && !existsSync("go-" + trial.number + "-" + splitIndex)) await new Promise((resolve) => setTimeout(resolve, 5));
    return params.x;
  },
});`;

const launch = (cwd: string, ...more: string[]): Running =>
  start(cwd, ["launch", "study.ts", "--seed", "1", "--json", ...more]);

const untilStarted = (running: Running, trial: number) =>
  until(`trial ${trial}`, () => running.output().stderr.includes(`trial ${trial} started`));

const result = async (running: Running) => {
  const { code, stdout, stderr } = await running.finished;
  return { code, stderr, summary: JSON.parse(stdout) as { state: string; trials: Record<string, number> } };
};

test("kill ends one trial for good, the others go on, and an event records it", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study("killing") });
  const running = launch(cwd, "--trials", "3", "--workers", "2");
  await untilStarted(running, 1);
  expect(await belay(cwd, ["kill", "killing", "1"])).toMatchObject({
    code: 0,
    stdout: /trial 1 is killed/ as never,
  });
  await untilStarted(running, 2); // The slot is free again.
  write(cwd, { go: "" });
  expect(await result(running)).toMatchObject({
    code: 0,
    summary: { state: "finished", trials: { complete: 2, fail: 1 } },
  });
  const killed = (await trials(cwd, "killing")).find(({ number }) => number === 1);
  expect(killed).toMatchObject({ state: "fail", reason: "stopped", detail: { by: "user" } });
  expect(killed?.memory).not.toBeNull();
  const events = await rows<{ kind: string; number: number; data: string }>(
    cwd,
    "select e.kind, t.number, e.data from events e join trials t on t.id = e.trial_id where e.kind = 'kill'",
  );
  expect(events).toEqual([{ kind: "kill", number: 1, data: expect.stringContaining('"ok":true') }]);
});

test("impossible commands are refused with a line that says what is possible", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study("refusing") });
  const running = launch(cwd, "--trials", "1", "--workers", "1");
  await untilStarted(running, 0);
  const refused = async (code: number, args: string[], line: RegExp) => {
    const finished = await belay(cwd, args);
    expect(finished.stderr).toMatch(line);
    expect(finished.stderr.trim().split("\n")).toHaveLength(1);
    expect(finished.code).toBe(code);
  };
  await refused(
    1,
    ["kill", "refusing", "9"],
    /kill: expected a running trial \(trial 0\), got 9, which does not run/,
  );
  await refused(2, ["kill", "refusing", "x"], /number: expected a trial's number, got "x"/);
  await refused(2, ["set", "refusing", "wrokers=2"], /got "wrokers"; did you mean workers\?/);
  await refused(
    2,
    ["set", "refusing", "workers=0"],
    /workers: expected auto, low, medium, high or a whole number from 1 to 256, got "0"/,
  );
  await refused(2, ["set", "refusing", "splitTimeout=soon"], /splitTimeout: expected a duration/);
  await refused(2, ["set", "refusing", "trials"], /set: expected key=value such as workers=2, got "trials"/);
  await refused(2, ["set", "refusing"], /set: expected <changes\.\.>, got none/);
  await refused(2, ["pause", "refusin"], /did you mean "refusing"\?/);
  await refused(2, ["pause", "refusing", "--timeout", "soon"], /--timeout: expected a duration/);
  write(cwd, { go: "" });
  expect((await result(running)).code).toBe(0);
  await refused(
    1,
    ["stop", "refusing"],
    /refusing is not running \(finished\): `belay resume refusing --add 10` runs ten trials more/,
  );
});

test("pause starts no new trial, resume goes on", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study("pausing", 1) });
  const running = launch(cwd, "--trials", "3", "--workers", "1");
  await untilStarted(running, 0);
  expect((await belay(cwd, ["pause", "pausing"])).stdout).toMatch(
    /paused: no trial starts until resume; 1 running/,
  );
  expect((await belay(cwd, ["pause", "pausing"])).stderr).toMatch(
    /^belay: pausing is paused already: resume lets it go on$/m,
  );
  write(cwd, { go: "" });
  await until("trial 0 to end", () => running.output().stderr.includes("trial 0 complete"));
  expect(await rows(cwd, "select state from studies")).toEqual([{ state: "paused" }]);
  expect(running.output().stderr).not.toContain("trial 1 started");
  const resumed = await belay(cwd, ["resume", "pausing", "--json"]);
  expect(resumed).toMatchObject({ code: 0 });
  expect(JSON.parse(resumed.stdout)).toMatchObject({ command: "resume", ok: true });
  expect(await result(running)).toMatchObject({
    code: 0,
    summary: { state: "finished", trials: { complete: 3 } },
  });
  const kinds = await rows<{ kind: string }>(
    cwd,
    "select kind from events where kind in ('pause', 'resume') order by id",
  );
  expect(kinds.map(({ kind }) => kind)).toEqual(["pause", "pause", "resume"]);
});

test("stop from another terminal acts like Ctrl-C: the split finishes, the trial waits for a resume", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study("stopping") });
  const running = launch(cwd, "--trials", "3", "--workers", "1");
  await untilStarted(running, 0);
  expect((await belay(cwd, ["stop", "stopping"])).code).toBe(0);
  expect((await belay(cwd, ["set", "stopping", "trials=9"])).stderr).toMatch(
    /^belay: stopping is stopping: wait for its end, then resume it$/m,
  );
  write(cwd, { "go-0-0": "" });
  expect(await result(running)).toMatchObject({
    code: 130,
    summary: { state: "stopped", trials: { waiting: 1, complete: 0 } },
  });
  expect(await rows(cwd, "select split from splits")).toEqual([{ split: 0 }]);
});

test("set raises and lowers the workers and the number of trials, and show has the sources of the values", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study("setting", 1) });
  const running = launch(cwd, "--trials", "2", "--workers", "1");
  await untilStarted(running, 0);
  expect((await belay(cwd, ["set", "setting", "workers=3", "trials=6"])).stdout).toMatch(
    /workers 3, trials 6/,
  );
  await untilStarted(running, 2); // Three trials run at a time.
  expect((await belay(cwd, ["set", "setting", "workers=1"])).code).toBe(0);
  write(cwd, { "go-0-0": "", "go-1-0": "" });
  await until("two to end", () =>
    /trial 0 complete[\s\S]*trial 1 complete|trial 1 complete[\s\S]*trial 0 complete/.test(
      running.output().stderr,
    ),
  );
  expect(running.output().stderr).not.toContain("trial 3 started"); // One trial still runs, and one is the number of workers now.
  write(cwd, { go: "" });
  expect(await result(running)).toMatchObject({ code: 0, summary: { trials: { complete: 6 } } });
  const shown = JSON.parse((await belay(cwd, ["show", "setting", "--json"])).stdout);
  expect(shown.settings.workers).toEqual({ value: 1, source: "set" });
  expect(shown.settings.trials).toEqual({ value: 6, source: "set" });
  expect(shown.target).toBe(6);
});

test("a limit that is set applies from a running trial's next split on", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study("limiting") });
  const running = launch(cwd, "--trials", "1", "--workers", "1");
  await untilStarted(running, 0);
  expect((await belay(cwd, ["set", "limiting", "splitTimeout=500ms"])).stdout).toMatch(
    /splitTimeout 0\.5 s, from each trial's next split on/,
  );
  await new Promise((resolve) => setTimeout(resolve, 700)); // Longer than the new limit, which does not apply to this split.
  write(cwd, { "go-0-0": "" });
  const { summary } = await result(running);
  expect(summary).toMatchObject({ trials: { pruned: 1 } });
  const [trial] = await trials(cwd, "limiting");
  expect(trial).toMatchObject({ reason: "split-timeout", detail: { limitMs: 500, during: "split 1" } });
  expect(trial?.splits).toHaveLength(1);
});
