import { expect, test } from "vitest";
import { belay, folder, rows, start, until, write } from "../../support/belay.ts";

/** The first trial has a wonderful value that is wrong; the run goes on once a file \`go\` exists. */
const STUDY = `
import { existsSync } from "node:fs";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "spoiled",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ params, trial }) => {
    while (trial.number > 1 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5));
    return trial.number === 0 ? -99 : params.x;
  },
});`;

const bestOf = async (cwd: string) => {
  const { best } = JSON.parse((await belay(cwd, ["best", "spoiled", "--json"])).stdout);
  return best.number as number;
};

test("a trial that is made invalid in a running study counts for nothing at once, and again after an undo", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": STUDY });
  const running = start(cwd, ["launch", "study.ts", "--trials", "8", "--workers", "1", "--target", "-50"]);
  expect((await running.finished).code).toBe(0); // The target is reached by a trial that is wrong.
  expect(await bestOf(cwd)).toBe(0);
  const idle = await belay(cwd, ["invalidate", "spoiled", "0", "--reason", "the disk was full"]);
  expect(idle).toMatchObject({
    code: 0,
    stdout: "spoiled: trial 0 is invalid: it stays on record, and counts for nothing from now on\n",
  });
  const again = start(cwd, ["resume", "spoiled"]);
  await until("trial 2", () => again.output().stderr.includes("trial 2 started"));
  expect(await bestOf(cwd)).toBe(1);

  const undone = await belay(cwd, ["invalidate", "spoiled", "1", "--json"]);
  expect(JSON.parse(undone.stdout)).toMatchObject({ study: "spoiled", command: "invalidate", ok: true });
  await belay(cwd, ["invalidate", "spoiled", "1", "--undo"]);
  const refused = await belay(cwd, ["invalidate", "spoiled", "2"]);
  expect(refused).toMatchObject({
    ...{ code: 1, stdout: "" },
    stderr: "belay: invalidate: expected a finished trial, got 2, which has not ended\n",
  });
  write(cwd, { go: "" });
  expect((await again.finished).code).toBe(0); // The target holds no more: the study runs to its end.

  const [study] = JSON.parse((await belay(cwd, ["list", "--json"])).stdout);
  expect(study).toMatchObject({ state: "finished", invalid: 1, trials: { complete: 8 } });
  expect((await belay(cwd, ["show", "spoiled"])).stdout).toContain("invalid: 1 of the finished trials");
  expect((await belay(cwd, ["show", "spoiled", "0"])).stdout).toMatch(
    /^invalid since \d{4}-\S+Z \(.+@.+\): the disk was full$/m,
  );
  const query = async (...more: string[]) =>
    JSON.parse((await belay(cwd, ["query", "spoiled", "--json", ...more])).stdout) as { number: number }[];
  expect((await query("--where", "invalid")).map(({ number }) => number)).toEqual([0]);
  expect(await query("--where", "not invalid")).toHaveLength(7);
  write(cwd, { "out/.keep": "" });
  await belay(cwd, ["export", "spoiled", "--format", "ndjson", "--out", "out/trials.ndjson"]);
  const events = await rows<{ data: string }>(
    cwd,
    "select data from events where kind = 'invalidate' order by id",
  );
  expect(events.map(({ data }) => JSON.parse(data))).toMatchObject([
    { ok: true, asked: { number: 0, undo: false, reason: "the disk was full" }, who: expect.any(String) },
    { ok: true, asked: { number: 1, undo: false, reason: null } },
    { ok: true, asked: { number: 1, undo: true } },
    { ok: false },
  ]);
});
