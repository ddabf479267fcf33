import { expect, test } from "vitest";
import { belay, folder, start, until, write } from "../../support/belay.ts";

const STUDY = `
import { existsSync } from "node:fs";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "watched",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ params, trial }) => {
    while (trial.number > 0 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5));
    return params.x;
  },
});`;

test("the audit trail has what people did, who and when, and what it was before, the newest first", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": STUDY });
  const running = start(cwd, [
    "launch",
    "study.ts",
    "--trials",
    "3",
    "--workers",
    "1",
    "--split-timeout",
    "90s",
  ]);
  await until("trial 1", () => running.output().stderr.includes("trial 1 started"));
  await belay(cwd, ["set", "watched", "trials=2", "splitTimeout=2m"]);
  await belay(cwd, ["pause", "watched"]);
  await belay(cwd, ["pause", "watched"]);
  await belay(cwd, ["resume", "watched"]);
  await belay(cwd, ["kill", "watched", "1"]);
  expect((await running.finished).code).toBe(0);
  await belay(cwd, ["invalidate", "watched", "0", "--reason", "no data"]);

  const entries = JSON.parse((await belay(cwd, ["audit", "watched", "--json"])).stdout) as {
    [key: string]: unknown;
  }[];
  expect(entries.map(({ kind, trial, text }) => [kind, trial, text])).toEqual([
    ["invalidate", 0, "trial 0 is invalid: it stays on record, and counts for nothing from now on"],
    ["release", null, "the run ended: finished"],
    ["kill", 1, "trial 1 is killed: it fails as stopped"],
    ["resume", null, "goes on"],
    ["pause", null, "refused: watched is paused already: resume lets it go on"],
    ["pause", null, expect.stringMatching(/^paused: no trial starts until resume/)],
    ["set", null, expect.stringMatching(/\(trials: 3 -> 2, splitTimeout: 1 m 30 s -> 2 m 0 s\)$/)],
    ["launch", null, expect.stringMatching(/^its first run began, in process \d+$/)],
  ]);
  expect(entries[0]).toMatchObject({
    ...{ ok: true, who: expect.stringMatching(/^.+@.+$/), at: expect.stringMatching(/Z$/) },
    asked: { number: 0, undo: false, reason: "no data" },
  });
  expect(entries[6]!.changes).toEqual([
    { key: "trials", before: 3, after: 2 },
    { key: "splitTimeout", before: 90_000, after: 120_000 },
  ]);
  for (const { who, kind } of entries) expect(who !== null, String(kind)).toBe(kind !== "release");

  const table = (await belay(cwd, ["audit", "watched", "--limit", "2"])).stdout.trim().split("\n");
  expect(table).toHaveLength(3);
  expect(table[0]).toMatch(/^at +what +trial +who +text$/);
  expect(table[1]).toContain("trial 0 is invalid");
  const wrong = await belay(cwd, ["audit", "watched", "--limit", "0"]);
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^belay: --limit: expected a whole number/),
  });
});
