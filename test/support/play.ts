import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runControl } from "../../src/coordinator/control.ts";
import { run } from "../../src/coordinator/run.ts";
import type { Asker, Sampler } from "../../src/core/search/sampler.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { type VirtualClock, virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import type { Scenario } from "../../src/simulation/scenario.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import { makeStopRules } from "../../src/stop-rule/registry.ts";
import { folder } from "./belay.ts";
import { newStudy } from "./store.ts";

/** Runs simulated studies to their end, and returns their trials. */

export interface Proposed {
  readonly number: number;
  readonly params: string;
  /** Who proposed it; null: not known. */
  readonly by: string | null;
  readonly state: string;
  readonly value: number | null;
  /** The number of splits that the trial had when it was resumed after a race had stopped it; null if it never was. */
  readonly unparked: number | null;
  /** The splits that the trial has run, in order. */
  readonly order: readonly number[];
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
 * @param beside - Makes what the run asks of its sampler. By default it asks the sampler itself.
 */
export async function play(
  scenario: Scenario,
  cutAfterMs: number | null = null,
  beside: (sampler: Sampler, clock: VirtualClock) => Asker = (sampler) => sampler,
): Promise<readonly Proposed[]> {
  const file = join(memoryFolder(), "belay.db");
  const { space, splitCount, splitOrder, seed, trials: total, lag } = scenario;
  const orders = new Map<number, number[]>();
  const note = (number: number, split: number): void => {
    const order = orders.get(number) ?? [];
    orders.set(number, [...order.filter((each) => each !== split), split]); // An interrupted split runs again.
  };
  for (let life = 0; life < 500; life++) {
    const clock = virtualClock();
    const store = openSqliteStore(file, { durability: "normal", now: clock.now });
    const known = await store.find("digits");
    const study = newStudy({ space, splitCount, seed, directions: ["minimize"], trials: total });
    const owned = known
      ? await store.claim(known.id, currentIdentity())
      : await store.createStudy(study, currentIdentity(), scenario.enqueued);
    const control = runControl();
    const cut = cutAfterMs === null ? () => {} : clock.after(cutAfterMs + 7_000 * life, control.stopNow);
    const { state: end } = await run(
      {
        ...{ owned, clock, space, splitCount, splitOrder, seed, lag, trials: total },
        engine: simulatedEngine({ clock, ...scenario, onTrain: (task, split) => note(task.number, split) }),
        sampler: beside(samplers.make("sampler", scenario.sampler), clock),
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
      const { number, state, row, by, values, unparked } = trial;
      proposed.push({
        number,
        params: row.join(),
        by: by ?? null,
        state,
        value: values[0] ?? null,
        unparked: unparked?.splits ?? null,
        order: orders.get(number) ?? [],
      });
    }
    store.close();
    if (end === "exhausted" || end === "converged" || complete + pruned + fail >= total)
      return proposed.sort((a, b) => a.number - b.number);
  }
  throw new Error("the target was not reached");
}
