import { expect, test } from "vitest";
import type { Json } from "../../src/core/trial.ts";
import { virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { simulate } from "../support/simulated.ts";
import { SPACE } from "../support/store.ts";
import { sendAt } from "./timed-commands.ts";

/** Trials that people enqueue while the study runs, in virtual time. */

/** Runs a study, and sends it a command at each of these moments. @returns the answers, in the order of the moments. */
async function runWith(commands: readonly (readonly [atMs: number, data: Json])[], trials: number) {
  const clock = virtualClock();
  let answers: Promise<Json>[] = [];
  const run = await simulate({
    ...{ clock, space: SPACE, trials, scheduling: {} },
    engine: simulatedEngine({ clock, seed: 1, workers: 3, splitCount: 1 }),
    // The end of a trial is recorded late, and the start of the next one waits for it: its number is not in the database yet.
    through: (owned) => ({
      ...owned,
      finish: async (...end) => {
        await clock.sleep(5_000);
        return owned.finish(...end).finally(clock.hold());
      },
    }),
    begin({ location }, studyId) {
      answers = sendAt(
        clock,
        { location, studyId },
        commands.map(([atMs, data]) => ({ atMs, kind: "enqueue", data })),
      );
    },
  });
  const db = openDatabase(run.store.location, { readonly: true });
  const rows = db
    .prepare<[], { number: number; params: string; enqueued: number; state: string }>(
      "SELECT number, params, enqueued, state FROM trials ORDER BY number",
    )
    .all()
    .map(({ params, ...row }) => ({ ...row, params: JSON.parse(params) as Record<string, Json> }));
  db.close();
  return { ...run, rows, answers: await Promise.all(answers) };
}

test("trials that are enqueued at any moment of a run have numbers of their own, keep their params, and run next", async () => {
  const moments = Array.from({ length: 60 }, (_, i) => 1_000 + i * 7_300);
  const rates = moments.map((_, i) => (i + 1) / 1_000);
  const commands = moments.map(
    (atMs, i) => [atMs, { params: [{ learningRate: rates[i]!, optimizer: "adam" }], add: true }] as const,
  );
  const { end, rows, answers, events } = await runWith(commands, 40);
  expect(end).toBe("finished");
  expect(answers).toEqual(moments.map(() => expect.objectContaining({ ok: true })));
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(rows.every(({ state }) => state !== "waiting" && state !== "running")).toBe(true);
  const numbers = answers.flatMap((answer) => (answer as { numbers: number[] }).numbers);
  expect(numbers.map((number) => rows[number])).toMatchObject(
    rates.map((learningRate) => ({ enqueued: 1, params: { learningRate, optimizer: "adam" } })),
  );
  const started = events.flatMap((event) => (event.kind === "trial-started" ? [event.number] : []));
  expect(started).toEqual([...started].sort((a, b) => a - b)); // No other trial was proposed before them.
});

test("the sampler chooses open params; wrong params and more trials than the total has place for are refused", async () => {
  const first = { params: [{ optimizer: "sgd" }], add: false };
  const wrong = { params: [{ optimizer: "sdg" }], add: false };
  const many = { params: Array.from({ length: 20 }, () => ({})), add: false };
  const { rows, answers } = await runWith(
    [
      [1_000, first],
      [2_000, wrong],
      [3_000, many],
      [4_000, null],
    ],
    10,
  );
  expect(rows).toHaveLength(10);
  expect(rows.filter(({ enqueued }) => enqueued === 1)).toMatchObject([
    { params: { optimizer: "sgd", learningRate: expect.any(Number), momentum: expect.any(Number) } },
  ]);
  expect(answers).toMatchObject([
    { ok: true, message: expect.stringMatching(/^trial \d+ waits; the study's total stays 10$/) },
    { ok: false, message: expect.stringContaining('"sdg"') },
    {
      ok: false,
      numbers: [],
      message: expect.stringMatching(/^only \d of the study's 10 trials are still open/),
    },
    { ok: false, message: "enqueue: expected params, got none" },
  ]);
});
