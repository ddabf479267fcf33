import { expect, test } from "vitest";
import type { Engine, EngineEvent, TrialTask } from "../../src/core/engine.ts";
import { type Outcome, UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import { virtualClock } from "../../src/simulation/clock.ts";
import { plainMachine } from "../../src/simulation/plain-machine.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { simulate } from "../support/simulated.ts";
import { SPACE } from "../support/store.ts";

/** A value that the database refuses ends the trial that reported it, and no other trial. */

const COMPLETE: Outcome = { state: "complete", values: [1], constraints: [] };

/** The values that each trial reports, by the trial's number. */
const REPORTS: readonly {
  readonly step?: number;
  readonly durationMs?: number;
  readonly baselineBytes?: number;
  readonly rssBytes?: number;
  readonly outcome?: object;
}[] = [
  {},
  { step: Number.NaN },
  { durationMs: Number.NaN },
  { baselineBytes: 1e300 },
  { rssBytes: 1e300 },
  { outcome: { ...COMPLETE, values: [Number.NaN] } },
  { outcome: { state: "odd" } },
  { outcome: { state: "fail", reason: "error", detail: { seen: 1n }, error: null } },
  {},
];

function engine(): Engine {
  async function* run({ number }: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const {
      step = 0,
      durationMs = 1,
      baselineBytes = 1,
      rssBytes = 1,
      outcome = COMPLETE,
    } = REPORTS[number]!;
    const memory = { ...UNKNOWN_MEMORY, rssBytes };
    yield { kind: "started", slot: 0, pid: 1, baselineBytes };
    let answered = "go";
    const answer = (each: string) => {
      answered = each;
    };
    if (!signal.aborted) yield { kind: "report", report: { split: 0, step, value: 1 }, answer };
    const result = { split: 0, values: [1], constraints: [], durationMs, memory: UNKNOWN_MEMORY };
    if (!signal.aborted && answered === "go") yield { kind: "split", result, partial: null, answer };
    const end = signal.aborted || answered !== "go" ? { state: "interrupted" } : outcome;
    yield { kind: "outcome", end: end as Outcome };
    yield { kind: "final", memory: { ...memory, source: "worker" }, durationMs: 1 };
  }
  const fixed = { resize: () => {}, limit: () => {}, reserve: () => {} };
  const machine = plainMachine({ slots: () => 1 });
  const machines = { machines: () => [machine], subscribe: () => () => {} };
  return { ...fixed, ...machines, run, slots: () => [], close: async () => {} };
}

test("a value that the database refuses fails its trial, and the other trials are complete", async () => {
  const run = await simulate({
    ...{ clock: virtualClock(), engine: engine(), space: SPACE, trials: REPORTS.length },
    scheduling: { admission: false, breaker: null },
  });
  expect(run.end).toBe("finished");
  const db = openDatabase(run.store.location, { readonly: true });
  const rows = db
    .prepare("SELECT state, reason, json_extract(error, '$.message') AS error FROM trials ORDER BY number")
    .all() as { state: string; reason: string | null; error: string | null }[];
  db.close();
  for (const [number, { state, reason, error }] of rows.entries()) {
    const isGood = Object.keys(REPORTS[number]!).length === 0;
    const expected = isGood ? ["complete", null] : ["fail", "crash"];
    expect([state, reason], `trial ${number}`).toEqual(expected);
    if (!isGood) expect(error).toMatch(/^results of the trial: expected data that can be recorded, got /);
  }
  const ended = run.events.filter(({ kind }) => kind === "trial-ended");
  expect(ended.map((event) => event.kind === "trial-ended" && event.outcome.state)).toEqual(
    rows.map(({ state }) => state),
  );
});
