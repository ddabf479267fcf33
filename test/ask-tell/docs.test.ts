import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { FAIL_REASONS, PRUNE_REASONS } from "../../src/core/trial.ts";

/** docs/ask-tell.md writes out the shapes of what is told, returned and saved; docs/api.md is made from the code. */

const read = (page: string): string => readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8");

/** The fields of a shape, sorted, without comments: those of `interface Estimate { value: number; sd: number }` are sd and value. */
function fieldsOf(page: string, name: string): string[] {
  const block = page
    .split("```ts\n")
    .find((text) => new RegExp(`^(interface|type) ${name}\\b`, "m").test(text));
  const code = block!.split("```")[0]!.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const start = code.search(new RegExp(`^(interface|type) ${name}\\b`, "m"));
  const shape = code.slice(start).split(/\n(?=interface|type)/)[0]!;
  const inherited = /extends AskedTrial/.test(shape) ? ["number", "params"] : [];
  const plain = shape.replace(/readonly (?=\w+\??:)/g, "");
  return [...inherited, ...[...plain.matchAll(/(\w+\??):/g)].map((match) => match[1]!)].sort();
}

const shapes = [
  ...["Told", "Estimate", "AskedTrial", "BestTrial", "FrontTrial", "AddedTrial"],
  ...["SavedSearch", "SavedTrial", "SavedRunning", "SavedLesson", "Reported"],
];

it.each(shapes)("%s has the fields of the code", (name) => {
  const fields = fieldsOf(read("ask-tell.md"), name);
  expect(fields.length).toBeGreaterThan(1);
  expect(fields).toEqual(fieldsOf(read("api.md"), name));
});

it("the reasons are all of them", () => {
  const page = read("ask-tell.md");
  const union = (reasons: readonly string[]): string => reasons.map((reason) => `"${reason}"`).join(" | ");
  expect(page).toContain(`type PruneReason = ${union(PRUNE_REASONS)};`);
  expect(page).toContain(`type FailReason = ${union(FAIL_REASONS)};`);
});
