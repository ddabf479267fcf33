import type { askTell } from "../../../src/ask-tell/ask-tell.ts";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import type { SamplerName } from "../../../src/index.ts";
import { startWatch } from "../harness.ts";
import { median } from "../statistics.ts";

// Measures what an ask and its tell cost at a given number of finished trials.

/** Asks per study. There are few of them, so that the history stays about as long as it was. */
const ASKS = 20;
/**
 * Asks before those that are measured, in several studies, and for how long at most: the CPU time of a process is also that
 * of its compiler, which works beside the first thousand asks.
 */
const WARM_UP = { studies: 40, asks: 50, history: 100, mostMs: 5_000 };

/** The sampler that is asked, and the study in which it is asked. */
interface Situation {
  readonly sampler: SamplerName;
  /** Number of params in the space, all of them floats. */
  readonly params: number;
  /** Number of finished trials. */
  readonly history: number;
  /** Number of studies that are created and measured this way. */
  readonly repeats: number;
}

function spaceOf(count: number) {
  const distribution: Distribution = { kind: "float", low: -5, high: 5, log: false, step: null };
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`x${i}`, { distribution, conditions: [] }]),
  );
}

const sphere = (params: Readonly<Record<string, unknown>>): number =>
  Object.values(params).reduce((sum: number, value) => sum + Number(value) ** 2, 0);

/** The median CPU time of an ask and its tell, in ms. The compiler is warmed up first. */
export function askCpuMs(
  makeStudy: typeof askTell,
  { sampler, params, history, repeats }: Situation,
): number {
  const space = spaceOf(params);
  /** Creates a study with a history of random trials. */
  const withHistory = (trials: number, seed: number) => {
    const search = makeStudy({ space, sampler, seed });
    const source = makeStudy({ space, sampler: "random", seed });
    for (let i = 0; i < trials; i++) {
      search.enqueue(source.ask()!.params);
      const trial = search.ask()!;
      search.tell(trial.number, sphere(trial.params));
    }
    return search;
  };
  const ask = (search: ReturnType<typeof makeStudy>, count: number): number[] =>
    Array.from({ length: count }, () => {
      const watch = startWatch();
      const trial = search.ask()!;
      search.tell(trial.number, sphere(trial.params));
      return watch().cpuMs;
    });

  const endMs = performance.now() + WARM_UP.mostMs;
  for (let study = 0; study < WARM_UP.studies && performance.now() < endMs; study++)
    ask(withHistory(WARM_UP.history, 1_000 + study), WARM_UP.asks);
  const found: number[] = [];
  for (let seed = 0; seed < repeats; seed++) {
    const search = withHistory(history, seed);
    ask(search, 2); // The first ask reads the whole history.
    found.push(...ask(search, ASKS));
  }
  return median(found);
}
