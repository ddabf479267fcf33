import { expect, test } from "vitest";
import { adviceLines, sourceTexts, testTexts } from "./find.ts";
import { LINES } from "./lines.ts";

/** No line of the source tells people what to do without a test that does it. */

test("every line of the source that tells people to do something is in the table of those that are followed", () => {
  const missing = adviceLines().filter(({ text }) => !LINES.some(({ says }) => text.includes(says)));
  expect(missing.map(({ file, number, text }) => `${file}:${number}: ${text.trim()}`)).toEqual([]);
});

test("what the table lists is in the source, and the tests that it names are there", () => {
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
