import { expect, test } from "vitest";
import { analysisCache } from "../../src/dashboard/analyses.ts";
import type { Answer } from "../../src/dashboard/thread/protocol.ts";

/** Analyses of a study that a test changes; each tells how many have been made. */
function analyses() {
  const study = { version: 1, stamp: "running" };
  let made = 0;
  const json = async (data: unknown): Promise<Answer> => ({ kind: "json", text: JSON.stringify(data) });
  const cache = analysisCache({
    quick: { ask: () => json({ ...study, isLive: false }) },
    slow: { ask: () => json(++made) },
    onReady() {},
    isWatched: () => false,
  });
  const ask = async () => {
    const answer = await cache.get("s", "summary");
    return JSON.parse(answer.kind === "json" ? answer.text : "{}") as { state: string; data?: number };
  };
  return { study, ask, made: () => made };
}

test("An analysis is kept while a study's trials go on, and made again as soon as its state is another one", async () => {
  const { study, ask, made } = analyses();
  expect(await ask()).toMatchObject({ state: "ready", data: 1 });
  expect(await ask()).toMatchObject({ state: "ready", data: 1 });
  study.version = 2;
  expect(await ask()).toMatchObject({ state: "old", data: 1 });
  expect(made()).toBe(1);

  study.stamp = "finished";
  await ask();
  expect(await ask()).toMatchObject({ state: "ready", data: 2 });
  expect(made()).toBe(2);
});
