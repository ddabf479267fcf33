import { expect, test } from "vitest";
import { adviceLines, sourceTexts, testTexts } from "./find.ts";
import { type Advice, LINES } from "./lines.ts";

/** Every line of the source that tells people what to do has a test that does it. */

/** The entry for a line: of the entries that quote a part of it, the one with the longest quote. */
function entryFor(text: string): Advice | undefined {
  return LINES.filter(({ says }) => text.includes(says)).sort((a, b) => b.says.length - a.says.length)[0];
}

test("every line of the source that tells people to do something is in the table", () => {
  const missing = adviceLines().filter(({ text }) => !entryFor(text));
  expect(missing.map(({ file, number, text }) => `${file}:${number}: ${text.trim()}`)).toEqual([]);
});

test("each entry of the table matches the expected number of lines", () => {
  const claimed = new Map<Advice, string[]>();
  for (const { file, number, text } of adviceLines()) {
    const entry = entryFor(text);
    if (entry) claimed.set(entry, [...(claimed.get(entry) ?? []), `${file}:${number}`]);
  }
  const wrong = LINES.filter(({ lines = 1 }) => lines > 0)
    .map((entry) => ({ says: entry.says, lines: entry.lines ?? 1, at: claimed.get(entry) ?? [] }))
    .filter(({ lines, at }) => at.length !== lines);
  expect(wrong).toEqual([]);
});

test("every entry of the table is in the source, and the test that it names exists", () => {
  const tests = testTexts("test");
  const source = sourceTexts();
  const wrong: string[] = [];
  for (const { says, test: title, untyped } of LINES) {
    if (!source.includes(says)) wrong.push(`nothing says ${says}`);
    if (title !== undefined && !tests.includes(JSON.stringify(title))) wrong.push(`no test: ${title}`);
    if ((title === undefined) === (untyped === undefined)) wrong.push(`${says}: a test or a reason`);
  }
  expect(wrong).toEqual([]);
});
