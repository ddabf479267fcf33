import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { laggedHistory, liveHistory } from "../../src/coordinator/history-view.ts";
import { rng } from "../../src/core/rng.ts";
import { TrialHistory } from "../../src/core/search/history.ts";
import { type AskedStudy, askContext, suggest } from "../../src/core/search/sampler.ts";
import { uniformRow } from "../../src/core/space/draw.ts";
import { compileSpace, type Space } from "../../src/core/space/space.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { outcomes, spaces } from "../conformance/arbitraries.ts";
import { contextOf, finished } from "../conformance/sampler.ts";
import { folder, write } from "../support/belay.ts";

/** A sampler in a thread beside the loop. Threads run the built files. */
const built = <Module>(file: string): Promise<Module> =>
  import(new URL(`../../dist/asker/${file}.js`, import.meta.url).href) as Promise<Module>;
const { LOST, startAskerThread } = await built<typeof import("../../src/asker/thread.ts")>("thread");
const { openAsker } = await built<typeof import("../../src/asker/asker.ts")>("asker");

const SPACE = compileSpace(
  Object.fromEntries(
    ["x", "y", "z"].map((name) => [
      name,
      { distribution: { kind: "float", low: -5, high: 5, log: false, step: null }, conditions: [] },
    ]),
  ),
);
const studyOf = (space: Space, seed = 1): AskedStudy => ({
  ...{ space, directions: ["minimize"], noise: false, seed },
});

/** A history of random trials, to which more can be added. */
function growing(space: Space, seed = 1) {
  const history = new TrialHistory(space, 1);
  const grow = (size: number): void => {
    while (history.size < size) {
      const number = history.size;
      const row = uniformRow(
        space,
        rng(seed, number, "row"),
        new Float64Array(space.params.length).fill(Number.NaN),
      );
      const value = row.reduce(
        (sum, each) => sum + (Number.isNaN(each) ? 0 : Math.sin(each) + each * each),
        0,
      );
      history.append(finished(number, { row, by: number % 2 ? "gp" : "tpe" }, { kind: "value", value }));
    }
  };
  return { history, grow };
}

const open: { close(): Promise<void> }[] = [];
const closing = <Closable extends { close(): Promise<void> }>(closable: Closable): Closable => {
  open.push(closable);
  return closable;
};
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe("a thread answers as the sampler in the loop", () => {
  it.each(samplers.names)(
    "%s, whatever the history is, in a plain and in a deterministic run",
    async (name) => {
      await fc.assert(
        fc.asyncProperty(
          spaces,
          outcomes,
          fc.integer(),
          fc.boolean(),
          async (space, results, seed, isLagged) => {
            const study = studyOf(space, seed);
            const sampler = samplers.make("sampler", name);
            const thread = startAskerThread({ sampler: name, study });
            const view = isLagged ? laggedHistory(space, 1, 4) : liveHistory(space, 1);
            const compare = async (number: number, trials: number) => {
              const ask = { history: view.for(number), number, trials };
              const here = suggest(sampler, askContext(study, ask));
              expect(await thread.ask(ask)).toEqual(here);
              return here;
            };
            try {
              for (const [number, result] of results.entries()) {
                if (!view.ready(number)) break;
                const suggested = await compare(number, results.length);
                if (!suggested) break;
                view.start(number, suggested.row, suggested.by);
                if (result.kind !== "running") view.append(finished(number, suggested, result));
              }
              await compare(Math.floor(results.length / 3), 1_000); // a deterministic run shows an earlier trial less
              view.renewal().commit();
              await compare(results.length, results.length);
            } finally {
              await thread.close();
            }
          },
        ),
        { numRuns: 6, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
      );
    },
  );

  it("when the history grows out of its memory between two asks", async () => {
    const { history, grow } = growing(SPACE);
    const thread = closing(startAskerThread({ sampler: "tpe", study: studyOf(SPACE) }));
    for (const size of [60, 64, 65, 128, 129, 1_000, 1_001]) {
      grow(size);
      const ask = { history, number: size, trials: null };
      const here = suggest(samplers.make("sampler", "tpe"), askContext(studyOf(SPACE), ask));
      expect(await thread.ask(ask)).toEqual(here);
    }
  });

  it("with the same error", async () => {
    const spec = 'grid(values={"w": [1]})';
    const thread = closing(startAskerThread({ sampler: spec, study: studyOf(SPACE) }));
    const { history } = growing(SPACE);
    const ask = { history, number: 0, trials: null };
    let thrown: unknown;
    try {
      samplers.make("sampler", spec).ask(askContext(studyOf(SPACE), ask));
    } catch (error) {
      thrown = error;
    }
    const { code, message } = thrown as { code: string; message: string };
    await expect(thread.ask(ask)).rejects.toMatchObject({ name: "BelayError", code, message });
  });
});

describe("where a sampler is asked", () => {
  it.each(["tpe", "random", "qmc", "cmaes"])("%s in the loop", (name) => {
    const asker = closing(openAsker(name, studyOf(SPACE)));
    const { history, grow } = growing(SPACE);
    for (let number = 0; number < 100; number++) {
      expect(asker.ask(contextOf(history, number, 1))).not.toBeInstanceOf(Promise);
      grow(number + 1);
    }
  });

  it.each(["gp", "auto"])(
    "%s in the loop at first, and beside it as soon as there is a model: the loop goes on meanwhile",
    async (name) => {
      const asker = closing(openAsker(name, studyOf(SPACE)));
      const { history, grow } = growing(SPACE);
      expect(asker.ask(contextOf(history, 0, 1))).not.toBeInstanceOf(Promise);
      grow(120);
      const sampler = samplers.make("sampler", name);
      let turns = 0;
      for (let number = 120; number < 124; number++) {
        grow(number);
        const context = contextOf(history, number, 1);
        let isAsked = true;
        const turn = (): void => {
          turns++;
          if (isAsked) setImmediate(turn);
        };
        setImmediate(turn);
        const asked = asker.ask(context);
        expect(asked).toBeInstanceOf(Promise);
        expect(await asked).toEqual(suggest(sampler, context));
        isAsked = false;
      }
      // A single answer may come within one turn of the loop.
      expect(turns).toBeGreaterThan(1);
    },
  );

  it("auto in the loop where gp has no part in it", () => {
    const asker = closing(openAsker("auto", studyOf(SPACE)));
    const { history, grow } = growing(SPACE);
    grow(500);
    expect(asker.ask(contextOf(history, 500, 1))).not.toBeInstanceOf(Promise);
  });

  it("any sampler beside the loop once three asks in a row have used much time of the processor", () => {
    let [elapsed, used] = [0, 0];
    let costMs = 20;
    vi.spyOn(performance, "now").mockImplementation(() => (elapsed += 20));
    vi.spyOn(process, "cpuUsage").mockImplementation((before) =>
      before ? { user: costMs * 1_000, system: 0 } : { user: used++, system: 0 },
    );
    const { history } = growing(SPACE);
    const ask = (asker: ReturnType<typeof openAsker>, number: number) =>
      asker.ask(contextOf(history, number, 1)) instanceof Promise;
    const slow = closing(openAsker("random", studyOf(SPACE)));
    expect([0, 1, 2, 3, 4].map((number) => ask(slow, number))).toEqual([false, false, false, true, true]);
    // The processor was busy with other work: the sampler has not used that time.
    costMs = 1;
    const quick = closing(openAsker("random", studyOf(SPACE)));
    expect([0, 1, 2, 3, 4].some((number) => ask(quick, number))).toBe(false);
  });
});

describe("a thread that ends by itself", () => {
  it("says that its asks are lost", async () => {
    const { history } = growing(SPACE);
    const thread = closing(startAskerThread({ sampler: "none such", study: studyOf(SPACE) }));
    expect(await thread.ask({ history, number: 0, trials: null })).toBe(LOST);
    expect(await thread.ask({ history, number: 1, trials: null })).toBe(LOST);
  });

  it("leaves the asks to the loop", async () => {
    const asker = closing(openAsker("gp", null as never)); // without a study the thread ends as soon as it starts
    const { history, grow } = growing(SPACE);
    grow(20);
    const here = suggest(samplers.make("sampler", "gp"), contextOf(history, 20, 1));
    expect(await asker.ask(contextOf(history, 20, 1))).toEqual(here);
    expect(asker.ask(contextOf(history, 20, 1))).toEqual(here); // no promise: there is no thread any more
  });
});

it("closing ends a thread that is busy, and its ask", async () => {
  const asker = openAsker("gp", studyOf(SPACE));
  const { history, grow } = growing(SPACE);
  grow(400);
  const asked = asker.ask(contextOf(history, 400, 1));
  await asker.close();
  expect(await asked).toBeNull();
});

/** Closes threads of which one answer has come and the next one is on its way. */
const CLOSES = `
const built = (file) => import(new URL(file, ${JSON.stringify(new URL("../../dist/", import.meta.url).href)}).href);
const { startAskerThread } = await built("asker/thread.js");
const { TrialHistory } = await built("core/search/history.js");
const space = ${JSON.stringify(SPACE)};
const history = new TrialHistory(space, 1);
const study = { space, directions: ["minimize"], noise: false, seed: 1 };
for (let i = 0; i < 10; i++) {
  const thread = startAskerThread({ sampler: "random", study });
  const ask = (number) => thread.ask({ history, number, trials: null });
  await ask(0);
  await Promise.race([ask(1), ask(2)]);
  await thread.close();
}
console.log("closed");`;

it("closing keeps its process alive until the thread has ended, although an answer comes meanwhile", () => {
  const cwd = folder();
  write(cwd, { "closes.mjs": CLOSES });
  const { status, stdout, stderr } = spawnSync(process.execPath, ["closes.mjs"], { cwd, encoding: "utf8" });
  expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: "closed\n" });
});
