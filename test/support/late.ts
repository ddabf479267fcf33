import type { Asker, Sampler } from "../../src/core/search/sampler.ts";
import { suggest } from "../../src/core/search/sampler.ts";
import type { VirtualClock } from "../../src/simulation/clock.ts";

/** A sampler beside the loop in virtual time: it answers what it saw when it was asked, so long after that. */
export function lateSampler(
  sampler: Sampler,
  clock: VirtualClock,
  delayMs: (number: number) => number,
): Asker {
  return {
    name: sampler.name,
    async ask(context) {
      const suggestion = suggest(sampler, context);
      await clock.sleep(delayMs(context.number));
      return suggestion;
    },
  };
}
