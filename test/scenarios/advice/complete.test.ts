import { expect, test } from "vitest";
import { adviceLines, sourceOf, testTexts } from "./find.ts";
import { LINES } from "./lines.ts";

/** No line of the source tells people what to do without a test that does it. */

test("every line of the source that tells people to do something is in the table of those that are followed", () => {
  const missing = adviceLines().filter(
    ({ file, text }) =>
      ![...(LINES["*"] ?? []), ...(LINES[file] ?? [])].some(({ says }) => text.includes(says)),
  );
  expect(missing.map(({ file, number, text }) => `${file}:${number}: ${text.trim()}`)).toEqual([]);
});

test("what the table lists is in the source, and the tests that it names are there", () => {
  const tests = ["advice", "durability", "cli", "store"]
    .map((folder) => testTexts(`test/${folder}`))
    .join("\n");
  const wrong: string[] = [];
  for (const [file, list] of Object.entries(LINES))
    for (const { says, test: title, untyped } of list) {
      if (file !== "*" && !sourceOf(file).includes(says)) wrong.push(`${file} no longer says ${says}`);
      if (title !== undefined && !tests.includes(JSON.stringify(title))) wrong.push(`no test: ${title}`);
      if ((title === undefined) === (untyped === undefined))
        wrong.push(`${file}: ${says}: a test or a reason`);
    }
  expect(wrong).toEqual([]);
});
