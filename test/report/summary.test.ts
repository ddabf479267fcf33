import { describe, expect, it } from "vitest";
import { shortSummaryText, summaryText } from "../../src/cli/terminal/summary-text.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { shortSummaries } from "../../src/report/summary/short.ts";
import { type SummaryContext, type SummaryJson, summaryOf } from "../../src/report/summary/summary.ts";
import type { NewStudy, StudyEnd } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import { FINAL, METRICS, newStudy, splitResult, temporaryStore } from "../support/store.ts";
import { readerOf } from "./fixture.ts";

/** `summary`: the six lines of a study. A trial ends every minute, the first one minute after the start. */

const SPACE = compileSpace({
  x: { distribution: { kind: "float", low: 0, high: 1000, log: false, step: null }, conditions: [] },
});
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const ROOMY: SummaryContext = { freeBytes: 40e9 };

/** The values of a trial's splits, the values of several directions, or the reason for which it was lost. */
type Played = readonly number[] | { readonly values: readonly number[] } | "memory-limit" | "error";

interface Plot extends Partial<NewStudy> {
  readonly played: readonly Played[];
  /** How its run ended. @default it still runs */
  readonly end?: StudyEnd | "died" | "paused";
  readonly by?: (number: number) => string;
}

async function play(
  store: Store,
  clock: { now: number },
  { played, end, by = () => "tpe", ...changes }: Plot,
) {
  const row = newStudy({ space: SPACE, splitCount: 3, trials: 100, ...changes });
  const dead = { ...currentIdentity(), pid: 2 ** 30 };
  const owned = await store.createStudy(row, end === "died" ? dead : currentIdentity());
  for (const [number, one] of played.entries()) {
    const key = await owned.startTrial({
      number,
      params: { x: number },
      origin: { by: by(number), why: null },
    });
    await owned.recordStart(key, { slot: 0, hostPid: 4711, baselineBytes: 90e6 });
    const splits: readonly number[] = Array.isArray(one) ? one : [];
    for (const [split, value] of splits.entries()) await owned.recordSplit(key, splitResult(split, value));
    clock.now += MINUTE;
    await owned.finish(key, outcomeOf(one, splits), FINAL, { durationMs: MINUTE });
  }
  if (end === "paused") await owned.update({ state: "paused" });
  else if (end !== undefined && end !== "died") await owned.release(end);
  else {
    clock.now += 1.5 * MINUTE; // it still gives signs of life when no trial ends
    await owned.periodic.heartbeat();
    clock.now -= 1.5 * MINUTE;
    await owned.periodic.recordMetrics({ ...METRICS, memoryAvailable: 5e9 });
  }
}

function outcomeOf(played: Played, splits: readonly number[]): Outcome {
  if (played === "memory-limit")
    return { state: "pruned", reason: played, detail: { limitBytes: 1, seenBytes: 2, during: "split 0" } };
  if (played === "error") return { state: "fail", reason: played, detail: {}, error: null };
  const mean = splits.reduce((sum, value) => sum + value, 0) / splits.length;
  const values = Array.isArray(played) ? [mean] : (played as { readonly values: readonly number[] }).values;
  return { state: "complete", values, constraints: [] };
}

async function summed(plot: Plot, context: SummaryContext = {}): Promise<SummaryJson> {
  const clock = { now: START };
  const store = temporaryStore({ now: () => clock.now });
  await play(store, clock, plot);
  return summaryOf(await readerOf(store), "digits", { nowMs: clock.now + 2 * MINUTE, ...ROOMY, ...context });
}

const text = ({ lines }: SummaryJson, topic: string): string =>
  lines.find((line) => line.topic === topic)!.text;
const typed = ({ lines }: SummaryJson, topic: string): string =>
  (lines.find((line) => line.topic === topic)!.command ?? "none").replace(/ --db .*/, "");

/** Splits around a mean: they differ from those of another trial by the same amount each, but for `noise`. */
const around = (mean: number, noise = 0): number[] => [mean - 0.1, mean + noise, mean + 0.1 - noise];
/** Trials of which each is better than the one before. */
const rising = (count: number): Played[] => Array.from({ length: count }, (_, i) => around(i / 100));

describe("the state", () => {
  it("of a running study has the process, the pace of the last trials and the time left", async () => {
    const found = await summed({ played: rising(10) });
    expect(text(found, "state")).toBe(
      `running by pid ${process.pid}: 10 of 100 trials, about 1 h 48 m left`, // 10 in 12 minutes
    );
    expect(found.state).toMatchObject({ perHour: 50, leftMs: 108 * MINUTE, endedAt: null });
    expect(found.state.doneAt).toBe(new Date(START + 120 * MINUTE).toISOString());
    expect(typed(found, "next")).toBe("none");
  });

  it("is no longer than the study's timeout, and has no time left before the second trial", async () => {
    const settings = { studyTimeoutMs: { value: 20 * MINUTE, source: "command line" } };
    expect((await summed({ played: rising(10), settings })).state.leftMs).toBe(8 * MINUTE);
    expect(text(await summed({ played: rising(1) }), "state")).toContain("1 of 100 trials, no pace yet");
  });

  it.each<[NonNullable<Plot["end"]>, string, string, string]>([
    ["died", "interrupted: its process has died, last seen", "resume digits", "resume digits"],
    ["paused", "paused by pid", "show digits", "resume digits"],
    ["stopped", "stopped 2 m 0 s ago after", "show digits", "resume digits"],
    ["timeout", "out of time 2 m 0 s ago", "show digits", "resume digits"],
    ["target", "target reached 2 m 0 s ago", "show digits", "best digits"],
    ["exhausted", "all params tried 2 m 0 s ago", "show digits", "best digits"],
    ["breaker", "ended by the breaker 2 m 0 s ago", "show digits", "kills digits"],
    ["finished", "finished 2 m 0 s ago", "show digits", "resume digits --add 10"],
  ])("of a study that %s", async (end, state, more, next) => {
    const found = await summed({ played: rising(5), end });
    expect(text(found, "state")).toContain(state);
    expect(text(found, "state")).toContain("5 of 100 trials");
    expect(typed(found, "state")).toBe(`belay ${more}`);
    expect(typed(found, "next")).toBe(`belay ${next}`);
  });

  it("is interrupted for the process that is about to end", async () => {
    expect((await summed({ played: rising(5) }, { isEnding: true })).state.state).toBe("interrupted");
  });
});

describe("the best and what it gains", () => {
  it("tells the spread of its splits, when it came, and by how much it is better than the one before", async () => {
    const played = [around(0.5), around(0.7), around(0.6), around(0.9), around(0.2), "error"] as const;
    const found = await summed({ played, end: "finished" });
    expect(text(found, "best")).toBe(
      "0.9 ± 0.1 over 3 splits: trial 3, 4 m 0 s ago, 2 trials ago, better by 0.2",
    );
    expect(typed(found, "best")).toBe("belay show digits 3");
    expect(found.best).toMatchObject({ since: 2, best: { number: 3, gain: expect.closeTo(0.2) } });
  });

  it.each<[string, Pick<Plot, "played" | "by">, string]>([
    [
      "the first trial, by more than noise",
      { played: [around(0.5), around(0.7), around(0.9, 0.01)] },
      "better than the first (trial 0, 0.5) by 0.4 [0.361, 0.439] with 95 %: more than noise",
    ],
    [
      "the trial with the defaults, where splits differ more than that",
      {
        played: [around(0.1), around(0.5), [0.2, 0.9, 0.9]],
        by: (number) => (number === 1 ? "defaults" : number === 0 ? "enqueued" : "tpe"),
      },
      "better than the defaults (trial 1, 0.5) by 0.166667 [-1.1, 1.43] with 95 %: that may be noise",
    ],
    [
      "an enqueued trial",
      {
        played: [around(0.1), around(0.5), around(0.7)],
        by: (number) => (number === 1 ? "enqueued" : "tpe"),
      },
      "better than the first enqueued (trial 1, 0.5)",
    ],
    ["itself", { played: [around(0.9), around(0.5)] }, "no trial is better than the first (trial 0, 0.9)"],
    ["no splits", { played: [[1], [2]] }, "better than the first (trial 0, 1) by 1; without several splits"],
  ])("compares it with %s", async (_, plot, expected) => {
    expect(text(await summed(plot), "gain")).toContain(expected);
  });

  it("of several directions is the front, with the trials on it that beat the first", async () => {
    const values = [
      [1, 1],
      [2, 0],
      [2, 2],
      [3, 1],
      [0, 0],
    ].map((each) => ({ values: each }));
    const found = await summed({ played: values, directions: ["maximize", "maximize"], splitCount: 1 });
    expect(text(found, "best")).toBe(
      "a front of 2 trials, hypervolume 0.21 up to (1.9, 0.9); last grown by trial 3, 3 m 0 s ago, 1 trial ago",
    );
    expect(text(found, "gain")).toBe("2 trials of the front beat the first (trial 0, 1, 1)");
  });

  it("of a study without a complete trial says so, and what to look at", async () => {
    const found = await summed({ played: ["error", "error"], end: "finished" });
    expect(text(found, "best")).toBe("none: no trial is complete yet");
    expect(text(found, "gain")).toBe("nothing to compare with yet");
    expect(typed(found, "next")).toBe("belay kills digits");
    const empty = await summed({ played: [] });
    expect(empty.lines).toHaveLength(6);
    expect(text(empty, "losses")).toBe("no trial was lost to limits or errors");
  });
});

describe("losses, the machine and what to do next", () => {
  const losing = Array.from({ length: 60 }, (_, i): Played => (i >= 40 ? "memory-limit" : around(i / 100)));

  it("tells the share of time, the rule of the dearest reason, and the limit to raise", async () => {
    const ended = await summed({ played: losing, end: "finished" });
    expect(text(ended, "losses")).toBe(
      "33 % of the time lost, 20 m 0 s in 20 trials; memory-limit: 20 of 20 where x >= 40",
    );
    expect(typed(ended, "next")).toMatch(/^belay resume digits --memory-limit \d+MB --add 20$/);
    expect(typed(await summed({ played: losing }), "next")).toBe("belay set digits memory=25770MB");
  });

  it("has the room in memory and on the disk", async () => {
    const found = await summed({ played: rising(10) });
    expect(text(found, "machine")).toBe(
      "memory 0.19 GB of 12.88 GB allowed, 5.00 GB available, no leak, 40.00 GB free on the disk",
    );
    const tight = await summed({ played: rising(10) }, { freeBytes: 5e8 });
    expect(tight.next).toEqual({ text: "free some space: the disk has 0.50 GB left", command: null });
    expect(text(await summed({ played: [] }, { freeBytes: null }), "machine")).toBe(
      "memory not measured, 5.00 GB available, too few trials to see a leak",
    );
  });

  it("says that it is enough once nothing better comes", async () => {
    const flat = [...rising(30), ...Array.from({ length: 60 }, () => around(0.1))];
    const ended = await summed({ played: flat, end: "finished" });
    expect(text(ended, "next")).toBe("no more trials: nothing better in the last 60 of 90 trials");
    expect(typed(ended, "next")).toBe("belay best digits");
    expect(typed(await summed({ played: flat }), "next")).toBe("belay stop digits");
    const slow = Array.from({ length: 60 }, (_, i) => around(0.5 + i / 10_000, i === 59 ? 0.05 : 0));
    expect(text(await summed({ played: slow, end: "finished" }), "next")).toBe(
      "no more trials: the second half of the trials gained 0.003 [-0.193, 0.199], which may be noise",
    );
    const steady = Array.from({ length: 60 }, (_, i) => around(0.5 + i / 10_000));
    expect(text(await summed({ played: steady, end: "finished" }), "next")).toContain("more trials may help");
  });
});

describe("the text", () => {
  it.each([40, 80, 200])("fits %i columns, but for a command that does not", async (columns) => {
    const found = await summed({ played: rising(10), end: "finished" });
    const lines = summaryText(found, columns);
    expect(lines[0]).toBe("digits");
    for (const line of lines) if (!line.includes("`")) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines.filter((line) => /^\w+ /.test(line)).map((line) => line.split(" ")[0])).toEqual([
      "state",
      "best",
      "gain",
      "losses",
      "machine",
      "next",
    ]);
  });

  it("has a line for each study of a database", async () => {
    const clock = { now: START };
    const store = temporaryStore({ now: () => clock.now });
    await play(store, clock, { played: [around(0.5), "error"], end: "finished", name: "done" });
    await play(store, clock, { played: rising(10), name: "going" });
    const front = [
      [1, 2],
      [2, 1],
    ].map((values) => ({ values }));
    await play(store, clock, {
      played: front,
      directions: ["maximize", "maximize"],
      splitCount: 1,
      name: "two",
    });
    const found = await shortSummaries(await readerOf(store), clock.now);
    expect(found[0]).toMatchObject({ study: "done", best: { number: 0, value: 0.5 }, lost: 1 });
    expect(shortSummaryText(found)).toEqual([
      "study  state     trials      left        best  lost",
      "done   finished   2/100         -         0.5     1",
      expect.stringMatching(/^going {2}running {3}10\/100 {2}1 h 4\d m +0\.09 +0$/),
      expect.stringMatching(/^two {4}running {4}2\/100 .*front of 2 +0$/),
    ]);
  });
});
