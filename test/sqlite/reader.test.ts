import { expect, test } from "vitest";
import {
  ATTEMPT_STATES,
  FAIL_REASONS,
  FINISHED_STATES,
  INTERRUPT_CAUSES,
  MEMORY_SOURCES,
  PRUNE_REASONS,
  TRIAL_STATES,
} from "../../src/core/trial.ts";
import { BREAKER_STATES, MEMORY_PHASES, STUDY_STATES } from "../../src/store/records.ts";
import { readerConformance } from "../conformance/reader.ts";
import { readerActivityConformance } from "../conformance/reader-activity.ts";
import { readerOf } from "../report/fixture.ts";
import { temporaryStore } from "../support/store.ts";

const open = async (now?: () => number) => {
  const store = temporaryStore({ durability: "normal", ...(now && { now }) });
  return { store, reader: await readerOf(store) };
};
readerConformance(() => open());
readerActivityConformance(open);

test("the CHECK constraints of the schema list exactly the words of the code", async () => {
  const reader = await readerOf(temporaryStore());
  const { pages } = await reader.sql("SELECT name, sql FROM sqlite_schema WHERE type = 'table'");
  const schemas = new Map<unknown, string>();
  for await (const rows of pages) for (const [name, text] of rows) schemas.set(name, String(text));
  const listed = (table: string, before: string): string[] => {
    const words = new RegExp(`${before} IN\\s*\\(([^)]*)\\)`).exec(schemas.get(table)!)![1]!;
    return [...words.matchAll(/'([^']+)'/g)].map(([, word]) => word!);
  };
  expect(listed("studies", "CHECK \\(state")).toEqual(STUDY_STATES);
  expect(listed("trials", "CHECK \\(state")).toEqual(TRIAL_STATES);
  expect(listed("trials", "'pruned' THEN reason IS NOT NULL AND reason")).toEqual(PRUNE_REASONS);
  expect(listed("trials", "'fail' THEN reason IS NOT NULL AND reason")).toEqual(FAIL_REASONS);
  expect(listed("trials", "CHECK \\(\\(state")).toEqual(FINISHED_STATES);
  expect(listed("attempts", "CHECK \\(state")).toEqual(ATTEMPT_STATES);
  expect(listed("attempts", "CHECK \\(cause")).toEqual(INTERRUPT_CAUSES);
  expect(listed("memory_log", "CHECK \\(phase")).toEqual(MEMORY_PHASES);
  expect(listed("memory_log", "CHECK \\(source")).toEqual(MEMORY_SOURCES);
  expect(listed("metrics", "CHECK \\(breaker")).toEqual(BREAKER_STATES);
});
