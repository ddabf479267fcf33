import { describe, expect, it } from "vitest";
import { runControl } from "../../src/coordinator/control.ts";
import type { Asker, Sampler } from "../../src/core/search/sampler.ts";
import type { Json } from "../../src/core/trial.ts";
import { random } from "../../src/sampler/random.ts";
import { type VirtualClock, virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { faultInjector } from "../../src/simulation/faults.ts";
import { type Scenario, scenarioOf } from "../../src/simulation/scenario.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import { until } from "../support/belay.ts";
import { lateSampler } from "../support/late.ts";
import { play } from "../support/play.ts";
import { simulate } from "../support/simulated.ts";
import { SPACE } from "../support/store.ts";

/** Samplers whose answers come later: what goes on meanwhile, and what becomes of the answer. */

const SLOW_MS = 120_000;

/** A run of two slots whose asks take two minutes from the third trial on, and what happens in it. */
function slowRun(
  ask: (clock: VirtualClock) => Asker = (clock) =>
    lateSampler(random(), clock, (number) => (number < 2 ? 0 : SLOW_MS)),
) {
  const clock = virtualClock();
  const control = runControl();
  const asked: number[] = [];
  const sampler = ask(clock);
  let isAsked: () => void = () => {};
  const thirdIsAsked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const counting: Asker = {
    name: "slow",
    ask(context) {
      asked.push(context.number);
      if (context.number === 2) isAsked();
      return sampler.ask(context);
    },
  };
  const held = <T>(write: Promise<T>): Promise<T> => write.finally(clock.hold());
  let commands: { readonly location: string; readonly studyId: number } | null = null;
  const run = (trials: number, studyTimeoutMs?: number) =>
    simulate({
      ...{ clock, control, trials, sampler: counting, space: SPACE, scheduling: {} },
      engine: simulatedEngine({ clock, seed: 1, workers: 2, splitCount: 1 }),
      ...(studyTimeoutMs !== undefined && { studyTimeoutMs }),
      begin: ({ location }, studyId) => {
        commands = { location, studyId };
      },
      // While the database writes, the run's clock stands still.
      through: (owned) => ({
        ...faultInjector(clock, () => "nothing").study(owned),
        answer: (...answer) => held(owned.answer(...answer)),
      }),
    });
  /** Sends a command, as another process would. @returns its answer. */
  const send = async (kind: string, data: Json = null) => {
    const { location, studyId } = commands!;
    const store = openSqliteStore(location, { durability: "normal", now: clock.now });
    const id = await held(store.send(studyId, { kind, data }));
    const answer = await until("an answer", () => store.answer(id));
    await store.close();
    return answer;
  };
  /** A minute after the first long ask has begun, when the trials before it have ended. */
  const halfway = async (): Promise<void> => {
    await thirdIsAsked;
    await clock.sleep(SLOW_MS / 2);
  };
  return { clock, control, asked, run, send, halfway };
}

describe("while an ask is under way", () => {
  it("commands are carried out, trials run to their end, and the answer is used when it comes", async () => {
    const { run, send, asked, halfway } = slowRun();
    const running = run(3);
    await halfway();
    expect(await send("set", ["trials=4"])).toEqual({ ok: true, message: "trials 4" });
    const { end, events, owned, store } = await running;
    expect(end).toBe("finished");
    expect(asked).toEqual([0, 1, 2, 3]);
    const order = events.flatMap((event) => {
      if (event.kind === "command") return ["command"];
      return event.kind === "trial-started" || event.kind === "trial-ended"
        ? [`${event.kind} ${event.number}`]
        : [];
    });
    const started = order.indexOf("trial-started 2");
    expect(order.indexOf("trial-ended 0")).toBeLessThan(started);
    expect(order.indexOf("trial-ended 1")).toBeLessThan(order.indexOf("command"));
    expect(order.indexOf("command")).toBeLessThan(started);
    expect(await owned.reads.nextNumber()).toBe(4);
    await store.close();
  });

  it.each(["stop", "ctrl-c twice", "the study's time limit"])(
    "%s ends the run at once, and its trial has taken no number",
    async (how) => {
      const { control, run, send, asked, halfway } = slowRun();
      const running = run(10, how.startsWith("the study") ? SLOW_MS / 2 : undefined);
      if (!how.startsWith("the study")) await halfway();
      if (how === "stop") await send("stop");
      else if (how === "ctrl-c twice") control.stopNow();
      const { end, elapsedMs, owned, store } = await running;
      expect(end).toBe(how.startsWith("the study") ? "timeout" : "stopped");
      expect(elapsedMs).toBeLessThan(SLOW_MS);
      expect(asked).toEqual([0, 1, 2]);
      expect(await owned.reads.nextNumber()).toBe(2);
      await store.close();
    },
  );

  it("a pause drops the answer, and after it the same trial is asked for anew", async () => {
    const { clock, run, send, asked, halfway } = slowRun();
    const running = run(3);
    await halfway();
    expect(await send("pause")).toMatchObject({ ok: true });
    await clock.sleep(2 * SLOW_MS);
    expect(asked).toEqual([0, 1, 2]);
    expect(await send("resume")).toMatchObject({ ok: true });
    const { end, owned, store } = await running;
    expect(end).toBe("finished");
    expect(asked).toEqual([0, 1, 2, 2]);
    expect(await owned.reads.nextNumber()).toBe(3);
    await store.close();
  });
});

it("the error of a late answer ends the run as that of a sampler does", async () => {
  const late = (clock: VirtualClock): Asker => ({
    name: "failing",
    async ask() {
      await clock.sleep(SLOW_MS);
      throw new TypeError("the sampler is broken");
    },
  });
  const sampler: Sampler = {
    name: "failing",
    ask() {
      throw new TypeError("the sampler is broken");
    },
  };
  await expect(slowRun(late).run(3)).rejects.toThrow(new TypeError("the sampler is broken"));
  await expect(slowRun(() => sampler).run(3)).rejects.toThrow(new TypeError("the sampler is broken"));
});

it("a late answer that the space is exhausted ends the run", async () => {
  const late = (clock: VirtualClock): Asker => ({
    name: "short",
    async ask(context) {
      const row = context.number < 3 ? random().ask(context) : null;
      await clock.sleep(SLOW_MS);
      return row && { row, by: "short", why: null };
    },
  });
  const { end, store } = await slowRun(late).run(10);
  expect(end).toBe("exhausted");
  await store.close();
});

describe("late answers change no trial", () => {
  const scenario = (changes: Partial<Scenario>): Scenario =>
    scenarioOf(12, ["tpe"], ["median"], {
      ...{ splitCount: 3, reports: 0, trials: 30, stop: [], failures: 0.02, guarded: 0.02, workers: 1 },
      ...{ lag: null, enqueued: [{ optimizer: "sgd" }] },
      ...changes,
    });
  const late = (sampler: Sampler, clock: VirtualClock): Asker =>
    lateSampler(sampler, clock, (number) => ((number * 7_919) % 13) * 5_000);

  it("of a run with one worker, interrupted or not", async () => {
    const whole = await play(scenario({}));
    expect(await play(scenario({}), null, late)).toEqual(whole);
    expect(await play(scenario({}), 20_000, late)).toEqual(whole);
  });

  it("of a deterministic run with any number of workers, interrupted or not", async () => {
    const alone = await play(scenario({ lag: 8 }));
    for (const workers of [1, 2, 8])
      expect(await play(scenario({ lag: 8, workers }), null, late)).toEqual(alone);
    expect(await play(scenario({ lag: 8, workers: 8 }), 20_000, late)).toEqual(alone);
  });

  it("of a study whose race takes trials up again", async () => {
    const race = { pruner: "race(alpha=0.3)", splitCount: 5, lag: 8, noise: 1 } as const;
    const alone = await play(scenario(race));
    expect(alone.some(({ unparked }) => unparked !== null)).toBe(true);
    expect(await play(scenario({ ...race, workers: 4 }), 20_000, late)).toEqual(alone);
  });
});
