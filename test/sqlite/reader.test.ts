import { expect, test } from "vitest";
import { FAIL_REASONS, PRUNE_REASONS, TRIAL_STATES } from "../../src/core/trial.ts";
import { readerConformance } from "../conformance/reader.ts";
import { readerOf } from "../report/fixture.ts";
import { temporaryStore } from "../support/store.ts";

readerConformance(async () => {
  const store = temporaryStore({ durability: "normal" });
  return { store, reader: await readerOf(store) };
});

test("the schema takes the states and reasons that there are, and no other ones", async () => {
  const reader = await readerOf(temporaryStore());
  const { pages } = await reader.sql("SELECT sql FROM sqlite_schema WHERE name = 'trials'");
  let schema = "";
  for await (const rows of pages) schema += rows.join();
  const list = (before: string): string[] => {
    const words = new RegExp(`${before} IN\\s*\\(([^)]*)\\)`).exec(schema)![1]!;
    return [...words.matchAll(/'([^']+)'/g)].map(([, word]) => word!);
  };
  expect(list("CHECK \\(state")).toEqual(TRIAL_STATES);
  expect(list("'pruned' THEN reason IS NOT NULL AND reason")).toEqual(PRUNE_REASONS);
  expect(list("'fail' THEN reason IS NOT NULL AND reason")).toEqual(FAIL_REASONS);
});
