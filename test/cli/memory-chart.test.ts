import { expect, test } from "vitest";
import { memoryChart } from "../../src/cli/terminal/memory-chart.ts";
import type { MemoryLogJson } from "../../src/report/memory/memory.ts";

function ended(number: number): MemoryLogJson {
  const nothing = { heapBytes: null, externalBytes: null, tensors: null, tensorBytes: null, gpuBytes: null };
  const place = { state: "complete", reason: null, slot: 0, hostPid: 1, source: "worker" };
  return { number, ...place, ...nothing, baselineBytes: 90e6, peakBytes: 200e6, finalBytes: 100e6 };
}

test("the chart names the trials that it shows, whatever order they ended in", () => {
  expect(memoryChart([1, 0, 3, 11, 2].map(ended)).at(-1)).toBe(
    "          └ trials 0 to 11, as they ended: █ after cleanup, ░ peak",
  );
});
