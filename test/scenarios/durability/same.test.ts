import { expect, test } from "vitest";
import { samplers } from "../../../src/sampler/registry.ts";
import { scenarioOf } from "../../../src/simulation/scenario.ts";
import { belay, folder, start, trials, until, write } from "../../support/belay.ts";
import { play } from "../../support/play.ts";
import { PRUNERS } from "../../support/pruners.ts";

/** A study has the same trials, whatever the number of workers and however often the run was interrupted. */

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

// `gp` is asked in a thread beside the loop, `tpe` in the loop.
test.each(["tpe", "gp"])(
  "with real hosts: 1, 2 and 8 workers of a deterministic study propose the same trials: %s",
  async (sampler) => {
    const alone = await launch(20, 1, "--sampler", sampler);
    expect(alone).toHaveLength(20);
    expect(await launch(20, 2, "--sampler", sampler)).toEqual(alone);
    expect(await launch(20, 8, "--sampler", sampler)).toEqual(alone);
  },
);

test("with real hosts: the default sampler proposes the same trials after a kill and a resume with other workers", async () => {
  // With eleven numbers gp, tpe and cmaes take turns.
  const alone = await launch(44, 1);
  const names = alone.map(({ proposer }) => proposer);
  expect(names.slice(0, 13)).toEqual(Array.from({ length: 13 }, () => "sobol"));
  expect(new Set(names)).toEqual(new Set(["sobol", "gp", "tpe", "cmaes"]));
  expect(await killAndResume(44, { workers: 2, after: 8 })).toEqual(alone);
  expect(await killAndResume(44, { workers: 8, after: 1 })).toEqual(alone);
});

const launching = (count: number, workers: number): string[] => [
  ...["launch", "study.ts", "--trials", String(count), "--seed", "3", "--deterministic"],
  ...["--workers", String(workers)],
];

/** What must not depend on the workers. */
const proposed = async (cwd: string) =>
  (await trials(cwd, "same")).map(({ number, params, value, proposer }) => ({
    ...{ number, params, value, proposer },
  }));

async function launch(count: number, workers: number, ...options: string[]) {
  const cwd = folder();
  write(cwd, { "study.ts": STUDY });
  const { code, stderr } = await belay(cwd, [...launching(count, workers), ...options]);
  expect(code, stderr).toBe(0);
  return proposed(cwd);
}

/** Kills a launch when a third of its trials have ended, and resumes the study with another number of workers. */
async function killAndResume(count: number, { workers, after }: { workers: number; after: number }) {
  const cwd = folder();
  write(cwd, { "study.ts": STUDY });
  const running = start(cwd, launching(count, workers));
  await until("a third of the trials", () => {
    const ended = running.output().stderr.match(/trial \d+ complete/g) ?? [];
    return ended.length >= count / 3;
  });
  running.child.kill("SIGKILL");
  await running.finished;
  const { code, stderr } = await belay(cwd, ["resume", "same", "--workers", String(after)]);
  expect(code, stderr).toBe(0);
  return proposed(cwd);
}

const STUDY = `
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "same",
  direction: "minimize",
  space: { x: float(-5, 5), y: float(0, 1), ...Object.fromEntries([..."abcdefghi"].map((name) => [name, float(0, 1)])) },
  splits: () => [0, 1].map((split) => ({ train: [split], validation: [1 - split] })),
  train: async ({ params, splitIndex, trial }) => {
    await new Promise((resolve) => setTimeout(resolve, (trial.number * 37) % 50));
    return params.x ** 2 + params.y + splitIndex;
  },
});`;
