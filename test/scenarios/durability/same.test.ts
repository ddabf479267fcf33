import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runControl } from "../../../src/coordinator/control.ts";
import { run } from "../../../src/coordinator/run.ts";
import { currentIdentity } from "../../../src/machine/identity.ts";
import { pruners } from "../../../src/pruner/registry.ts";
import { samplers } from "../../../src/sampler/registry.ts";
import { virtualClock } from "../../../src/simulation/clock.ts";
import { simulatedEngine } from "../../../src/simulation/engine.ts";
import { type Scenario, scenarioOf } from "../../../src/simulation/scenario.ts";
import { openSqliteStore } from "../../../src/sqlite/store.ts";
import { makeStopRules } from "../../../src/stop-rule/registry.ts";
import { belay, folder, trials, write } from "../../support/belay.ts";
import { PRUNERS } from "../../support/pruners.ts";
import { newStudy } from "../../support/store.ts";

/** A study has the same trials, whatever the number of workers and however often the run was interrupted. */

interface Proposed {
  readonly number: number;
  readonly params: string;
  readonly state: string;
  readonly value: number | null;
}

/** A folder in memory if there is one: nothing here depends on a disk, which would only slow each run down. */
function memoryFolder(): string {
  if (!existsSync("/dev/shm")) return folder();
  const path = mkdtempSync("/dev/shm/belay-test-");
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/**
 * Runs a scenario to its target.
 *
 * @param cutAfterMs - If given, each run is ended this long after its start on the simulation's clock, as by a second
 *   Ctrl-C, and resumed.
 */
async function play(scenario: Scenario, cutAfterMs: number | null = null): Promise<readonly Proposed[]> {
  const file = join(memoryFolder(), "belay.db");
  const { space, splitCount, seed, trials: total, lag } = scenario;
  for (let life = 0; life < 500; life++) {
    const clock = virtualClock();
    const store = openSqliteStore(file, { durability: "normal", now: clock.now });
    const known = await store.find("digits");
    const study = newStudy({ space, splitCount, seed, directions: ["minimize"], trials: total });
    const owned = known
      ? await store.claim(known.id, currentIdentity())
      : await store.createStudy(study, currentIdentity());
    const control = runControl();
    const cut = cutAfterMs === null ? () => {} : clock.after(cutAfterMs + 7_000 * life, control.stopNow);
    const { state: end } = await run(
      {
        ...{ owned, clock, space, splitCount, seed, lag, trials: total },
        engine: simulatedEngine({ clock, ...scenario }),
        sampler: samplers.make("sampler", scenario.sampler),
        pruner: pruners.make("pruner", scenario.pruner),
        directions: ["minimize"],
        noise: false,
        limits: { splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null, graceMs: 1 },
        studyTimeoutMs: null,
        target: null,
        stopRules: makeStopRules("stop", scenario.stop),
        listen: () => {},
      },
      control,
    );
    cut();
    clock.stop();
    await owned.release(end, "ctrl-c");
    const { complete, pruned, fail } = await owned.reads.counts();
    const proposed: Proposed[] = [];
    for await (const trial of owned.reads.history()) {
      const { number, state, row, values } = trial;
      proposed.push({ number, params: row.join(), state, value: values[0] ?? null });
    }
    store.close();
    if (end === "exhausted" || end === "converged" || complete + pruned + fail >= total)
      return proposed.sort((a, b) => a.number - b.number);
  }
  throw new Error("the target was not reached");
}

const SEEDS = [1, 2, 3, 4];
const cases = samplers.names.flatMap((sampler) => SEEDS.map((seed) => ({ sampler, seed })));

test.each(cases)(
  "$sampler, seed $seed: a sequential study that is interrupted and resumed proposes the same trials",
  async ({ sampler, seed }) => {
    const pruner = PRUNERS[(seed + samplers.names.indexOf(sampler) * SEEDS.length) % PRUNERS.length]!;
    const scenario = scenarioOf(seed, [sampler], [pruner], { workers: 1, lag: null, trials: 24, stop: [] });
    const whole = await play(scenario);
    expect(whole.length).toBeGreaterThan(5);
    expect(await play(scenario, 20_000)).toEqual(whole);
  },
);

test.each(cases)(
  "$sampler, seed $seed: --deterministic proposes the same trials with 1, 2 and 8 workers",
  async ({ sampler, seed }) => {
    const pruner = PRUNERS[(seed + samplers.names.indexOf(sampler) * SEEDS.length) % PRUNERS.length]!;
    const scenario = scenarioOf(seed, [sampler], [pruner], { workers: 1, lag: 8, trials: 24, stop: [] });
    const alone = await play(scenario);
    expect(alone.length).toBeGreaterThan(5);
    expect(await play({ ...scenario, workers: 2 })).toEqual(alone);
    expect(await play({ ...scenario, workers: 8 })).toEqual(alone);
    expect(await play({ ...scenario, workers: 8 }, 20_000)).toEqual(alone);
  },
);

/** Patience that runs out before the 40 trials, and one that runs out while the first trials that count still run. */
const PATIENCES = [7, 3];

test.each(["tpe", "random"].flatMap((sampler) => PATIENCES.map((trials) => ({ sampler, trials }))))(
  "$sampler: a stop rule, no-improvement(trials=$trials), ends a deterministic study at the same trial with any number of workers",
  async ({ sampler, trials }) => {
    const lengths = [];
    for (const seed of SEEDS) {
      const changes = { workers: 1, lag: 8, trials: 40, stop: [`no-improvement(trials=${trials})`] };
      const scenario = scenarioOf(seed, [sampler], ["none"], changes);
      const alone = await play(scenario);
      lengths.push(alone.length);
      expect(await play({ ...scenario, workers: 2 })).toEqual(alone);
      expect(await play({ ...scenario, workers: 8 })).toEqual(alone);
      expect(await play({ ...scenario, workers: 8 }, 20_000)).toEqual(alone);
    }
    expect(Math.min(...lengths)).toBeLessThan(40);
  },
);

test("without --deterministic the number of workers changes the trials, so the comparison can fail", async () => {
  const scenario = scenarioOf(1, ["tpe"], ["none"], { workers: 1, lag: null, trials: 24, stop: [] });
  expect(await play({ ...scenario, workers: 8 })).not.toEqual(await play(scenario));
});

test("with real hosts: 1, 2 and 8 workers of a deterministic study propose the same trials", async () => {
  const run = async (workers: number) => {
    const cwd = folder();
    write(cwd, { "study.ts": STUDY });
    const options = ["--trials", "20", "--seed", "3", "--deterministic", "--workers", String(workers)];
    const { code, stderr } = await belay(cwd, ["launch", "study.ts", "--sampler", "tpe", ...options]);
    expect(code, stderr).toBe(0);
    return (await trials(cwd, "same")).map(({ number, params, value }) => ({ number, params, value }));
  };
  const alone = await run(1);
  expect(alone).toHaveLength(20);
  expect(await run(2)).toEqual(alone);
  expect(await run(8)).toEqual(alone);
});

const STUDY = `
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "same",
  direction: "minimize",
  space: { x: float(-5, 5), y: float(0, 1) },
  splits: () => [0, 1].map((split) => ({ train: [split], validation: [1 - split] })),
  train: async ({ params, splitIndex, trial }) => {
    await new Promise((resolve) => setTimeout(resolve, (trial.number * 37) % 50));
    return params.x ** 2 + params.y + splitIndex;
  },
});`;
