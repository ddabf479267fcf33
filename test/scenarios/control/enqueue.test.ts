import { expect, test } from "vitest";
import { belay, folder, type Running, rows, start, trials, until, write } from "../../support/belay.ts";

const STUDY = `
import { existsSync } from "node:fs";
import { categorical, defineStudy, float } from "belay";
export default defineStudy({
  name: "asking",
  direction: "minimize",
  space: { x: float(0, 1), kind: categorical(["a", "b"]) },
  train: async ({ params, trial }) => {
    while (!existsSync("go") && !existsSync("go-" + trial.number)) await new Promise((resolve) => setTimeout(resolve, 5));
    return params.x;
  },
});`;

function launch(cwd: string, ...more: string[]): Running {
  write(cwd, { "study.ts": STUDY });
  return start(cwd, ["launch", "study.ts", "--seed", "1", "--workers", "1", ...more]);
}

const untilStarted = (running: Running, trial: number) =>
  until(`trial ${trial}`, () => running.output().stderr.includes(`trial ${trial} started`));

test("a running study takes trials that are enqueued: they run next, within its total or on top of it", async () => {
  const cwd = folder();
  const running = launch(cwd, "--trials", "3");
  await untilStarted(running, 0);
  const first = await belay(cwd, ["enqueue", "asking", '{"x":0.25}']);
  expect(first).toMatchObject({ code: 0, stdout: "asking: trial 1 waits; the study's total stays 3\n" });
  write(cwd, { "more.ndjson": '{"x":0.5,"kind":"a"}\n\n{"x":0.125}\n' });
  const more = await belay(cwd, ["enqueue", "asking", "more.ndjson", '{"kind":"b"}', "--add", "--json"]);
  expect(JSON.parse(more.stdout)).toEqual({
    ...{ study: "asking", command: "enqueue", ok: true, numbers: [2, 3, 4] },
    message: "trials 2, 3, 4 wait; the study now has 6 in all",
  });
  const wrong = async (code: number, params: string, line: RegExp) => {
    const refused = await belay(cwd, ["enqueue", "asking", params]);
    expect(refused.stderr).toMatch(line);
    expect(refused).toMatchObject({ code, stdout: "" });
  };
  await wrong(2, '{"y":1}', /^belay: params: .*"y".*\n$/);
  await wrong(2, '{"x":7}', /^belay: params: .*x: expected .* got 7\n$/);
  await wrong(2, "none.json", /^belay: params: expected a JSON object .* which is no file\n$/);
  write(cwd, { go: "" });
  expect((await running.finished).code).toBe(0);
  const ran = await trials(cwd, "asking");
  expect(ran).toHaveLength(6);
  expect(ran.slice(1, 5).map(({ params, proposer }) => [params, proposer])).toEqual([
    [{ x: 0.25, kind: expect.any(String) }, "enqueued"],
    [{ x: 0.5, kind: "a" }, "enqueued"],
    [{ x: 0.125, kind: expect.any(String) }, "enqueued"],
    [{ x: expect.any(Number), kind: "b" }, "enqueued"],
  ]);
  expect(JSON.parse((await belay(cwd, ["show", "asking", "--json"])).stdout).settings.trials).toEqual({
    value: 6,
    source: "enqueue",
  });
  const [event] = await rows<{ data: string }>(
    cwd,
    "select data from events where kind = 'enqueue' order by id",
  );
  expect(JSON.parse(event!.data)).toMatchObject({ ok: true, who: expect.stringMatching(/^.+@.+$/) });
});

test("a study that does not run keeps its state, and runs what was enqueued with the next resume", async () => {
  const cwd = folder();
  write(cwd, { go: "" });
  await launch(cwd, "--trials", "2").finished;
  const full = await belay(cwd, ["enqueue", "asking", '{"x":0.25}']);
  expect(full).toMatchObject({ code: 1, stdout: "" });
  expect(full.stderr).toBe(
    "belay: the study has all of its 2 trials already: `belay enqueue asking '{\"x\":0.25}' --add` adds to them\n",
  );
  const before = await rows(cwd, "select state, ended_at, active_ms from studies");
  const added = await belay(cwd, ["enqueue", "asking", '{"x":0.25}', "--add"]);
  expect(added.stdout).toBe(
    "asking: trial 2 waits; the study now has 3 in all: `belay resume asking` runs it\n",
  );
  expect(await rows(cwd, "select state, ended_at, active_ms from studies")).toEqual(before);
  const resumed = await belay(cwd, ["resume", "asking"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect((await trials(cwd, "asking"))[2]).toMatchObject({
    ...{ number: 2, state: "complete", proposer: "enqueued" },
    params: { x: 0.25 },
  });
});

test("set records what each value was before, and who changed it", async () => {
  const cwd = folder();
  const running = launch(cwd, "--trials", "3");
  await untilStarted(running, 0);
  await belay(cwd, ["set", "asking", "trials=2", "splitTimeout=1m", "workers=2"]);
  write(cwd, { go: "" });
  await running.finished;
  const [event] = await rows<{ data: string }>(cwd, "select data from events where kind = 'set'");
  expect(JSON.parse(event!.data)).toMatchObject({
    ...{ ok: true, who: expect.stringMatching(/^.+@.+$/), sentAtMs: expect.any(Number) },
    changes: [
      { key: "trials", before: 3, after: 2 },
      { key: "splitTimeout", before: null, after: 60_000 },
      { key: "workers", before: 1, after: 2 },
    ],
  });
});
