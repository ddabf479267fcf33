import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  type Answer,
  type Engine,
  type EngineEvent,
  slotsOf,
  type TrialLimits,
  type TrialTask,
} from "../../src/core/engine.ts";

/** An engine to test. Its trials have three splits and one param `x` between 0 and 1. */
export interface EngineUnderTest {
  readonly engine: Engine;
  /** Lets this much time pass on the engine's clock; a virtual clock does not move by itself. */
  readonly wait: (ms: number) => Promise<void>;
}

const NO_LIMITS: TrialLimits = {
  splitTimeoutMs: null,
  trialTimeoutMs: null,
  memoryBytes: null,
  graceMs: 1_000,
};
const TIMEOUT_MS = 60_000;
/** More memory than any machine has. */
const TOO_MUCH_BYTES = 2 ** 60;

function task(number: number, more: Partial<TrialTask> = {}): TrialTask {
  return { number, attempt: 0, params: { x: 0.5 }, recorded: [], limits: NO_LIMITS, ...more };
}

/** Runs an attempt to its end. Splits get the answer of `answer`, reports "go"; `on` is called with each event. */
async function play(
  engine: Engine,
  what: TrialTask,
  {
    answer = () => "go",
    signal = new AbortController().signal,
    on = () => {},
  }: {
    readonly answer?: (split: number) => Answer;
    readonly signal?: AbortSignal;
    readonly on?: (event: EngineEvent) => void;
  } = {},
): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  for await (const event of engine.run(what, signal)) {
    events.push(event);
    on(event);
    if (event.kind === "split") event.answer(answer(event.result.split));
    else if (event.kind === "report") event.answer("go");
  }
  return events;
}

const kinds = (events: readonly EngineEvent[]): string[] => events.map(({ kind }) => kind);
const splitsOf = (events: readonly EngineEvent[]): number[] =>
  events.flatMap((event) => (event.kind === "split" ? event.result.split : []));
function endOf(events: readonly EngineEvent[]) {
  const ends = events.flatMap((event) => (event.kind === "outcome" ? [event.end] : []));
  expect(ends).toHaveLength(1);
  return ends[0]!;
}

/** Tests what every engine does. `open` makes an engine with two slots. The timeout leaves a real one time to start. */
export function engineConformance(name: string, open: () => Promise<EngineUnderTest>): void {
  describe(`${name} as an engine`, { timeout: TIMEOUT_MS }, () => {
    let shared: EngineUnderTest | null = null;
    const get = (): EngineUnderTest => shared!;
    beforeAll(async () => {
      shared = await open();
      return () => get().engine.close();
    }, TIMEOUT_MS);
    runsTrials(get);
    keepsSlotsAndLimits(get);
    changesWhileItRuns(async () => {
      const fresh = await open();
      onTestFinished(() => fresh.engine.close());
      return fresh;
    });
  });
}

function runsTrials(shared: () => EngineUnderTest): void {
  test("emits its events in order, with one outcome and one final memory at the end", async () => {
    const { engine } = shared();
    const events = await play(engine, task(0));
    const splits = [0, 1, 2].flatMap(() => ["split-began", "split"]);
    expect(kinds(events)).toEqual(["started", ...splits, "outcome", "final"]);
    expect(splitsOf(events)).toEqual([0, 1, 2]);
    expect(endOf(events)).toMatchObject({ state: "complete", values: [expect.any(Number)] });
    expect(events[0]).toMatchObject({ slot: 0, pid: expect.any(Number) });
  });

  test("does not run recorded splits again", async () => {
    const recorded = [{ split: 1, values: [0.25], constraints: [], durationMs: 5 }];
    const events = await play(shared().engine, task(1, { recorded }));
    expect(splitsOf(events)).toEqual([0, 2]);
    expect(endOf(events).state).toBe("complete");
  });

  test("ends a trial by the answer to its split", async () => {
    const pruned = await play(shared().engine, task(2), {
      answer: (split) => (split === 1 ? "prune" : "go"),
    });
    expect(splitsOf(pruned)).toEqual([0, 1]);
    expect(endOf(pruned)).toEqual({ state: "pruned-by-verdict" });
    const cut = await play(shared().engine, task(3), { answer: () => "interrupt" });
    expect(splitsOf(cut)).toEqual([0]);
    expect(endOf(cut)).toEqual({ state: "interrupted" });
  });

  test("ends a trial at once when its signal is aborted, even before it has begun", async () => {
    const controller = new AbortController();
    const events = await play(shared().engine, task(4), {
      signal: controller.signal,
      on: ({ kind }) => {
        if (kind === "split-began") controller.abort();
      },
    });
    expect(endOf(events)).toEqual({ state: "interrupted" });
    expect(kinds(events).at(-1)).toBe("final");
    const never = await play(shared().engine, task(5), { signal: AbortSignal.abort() });
    expect(endOf(never)).toEqual({ state: "interrupted" });
    expect(splitsOf(never)).toEqual([]);
  });
}

function keepsSlotsAndLimits(shared: () => EngineUnderTest): void {
  test("runs one trial per slot, and frees the slot when the trial is over", async () => {
    const { engine } = shared();
    expect(slotsOf(engine.machines())).toBe(2);
    const seen = new Set<number>();
    const note = (event: EngineEvent): void => {
      if (event.kind !== "started") return;
      seen.add(event.slot);
      const view = engine.slots().find(({ slot }) => slot === event.slot);
      expect(view).toMatchObject({ state: "running", pid: event.pid });
      expect([6, 7]).toContain(view?.trial);
    };
    await Promise.all([play(engine, task(6), { on: note }), play(engine, task(7), { on: note })]);
    expect([...seen].sort()).toEqual([0, 1]);
    expect(engine.slots().map(({ slot, state, trial }) => ({ slot, state, trial }))).toEqual([
      { slot: 0, state: "free", trial: null },
      { slot: 1, state: "free", trial: null },
    ]);
  });

  test("ends a split that exceeds its time limit", async () => {
    const limits = { ...NO_LIMITS, splitTimeoutMs: 1 };
    expect(endOf(await play(shared().engine, task(8, { limits })))).toMatchObject({
      state: "pruned",
      reason: "split-timeout",
    });
  });

  test("applies new limits to a running trial from its next split on", async () => {
    const { engine } = shared();
    const events = await play(engine, task(9), {
      on: (event) => {
        if (event.kind === "split-began" && event.split === 0)
          engine.limit(9, { ...NO_LIMITS, splitTimeoutMs: 1 });
      },
    });
    expect(splitsOf(events)).toEqual([0]);
    expect(endOf(events)).toMatchObject({ state: "pruned", reason: "split-timeout" });
    expect(endOf(await play(engine, task(10))).state).toBe("complete");
  });
}

function changesWhileItRuns(open: () => Promise<EngineUnderTest>): void {
  test("changes the number of slots without ending running trials", async () => {
    const { engine } = await open();
    let started = 0;
    const shrink = ({ kind }: EngineEvent): void => {
      if (kind === "started" && ++started === 2) engine.resize(1);
    };
    const both = await Promise.all([0, 1].map((number) => play(engine, task(number), { on: shrink })));
    expect(both.map((events) => endOf(events).state)).toEqual(["complete", "complete"]);
    expect(slotsOf(engine.machines())).toBe(1);
    expect(engine.slots()).toHaveLength(1);
    engine.resize(3);
    expect(slotsOf(engine.machines())).toBe(3);
    const three = await Promise.all([2, 3, 4].map((number) => play(engine, task(number))));
    expect(three.map((events) => endOf(events).state)).toEqual(Array(3).fill("complete"));
  });

  test("tells of a change of its machines those who have subscribed, until they end the calls", async () => {
    const { engine } = await open();
    const told: number[] = [];
    const wake = (): void => void told.push(slotsOf(engine.machines()));
    const ends = [engine.subscribe(wake), engine.subscribe(wake)];
    engine.resize(3);
    expect(told).toEqual([3, 3]);
    ends[0]!();
    engine.resize(1);
    expect(told).toEqual([3, 3, 1]);
    ends[1]!();
    engine.resize(2);
    expect(told).toEqual([3, 3, 1]);
    expect(new Set(engine.machines().map(({ name }) => name)).size).toBe(engine.machines().length);
  });

  test("tells when the machine is below its reserve, and when it is no more", async () => {
    const { engine, wait } = await open();
    const isShort = () => engine.machines().some((machine) => machine.isShort);
    let woken = 0;
    onTestFinished(engine.subscribe(() => void woken++));
    expect(isShort()).toBe(false);
    engine.reserve(TOO_MUCH_BYTES);
    while (!isShort()) await wait(20);
    expect(woken).toBeGreaterThan(0);
    engine.reserve(0);
    while (isShort()) await wait(20);
    expect(woken).toBeGreaterThan(1);
  });
}
