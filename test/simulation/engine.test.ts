import { setTimeout as sleep } from "node:timers/promises";
import { virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { engineConformance } from "../conformance/engine.ts";

engineConformance("the simulated one", async () => {
  const clock = virtualClock();
  return {
    engine: simulatedEngine({ clock, seed: 3, workers: 2, splitCount: 3, totalBytes: 64e9 }),
    wait: sleep,
  };
});
