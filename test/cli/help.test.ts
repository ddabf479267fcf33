import { expect, test } from "vitest";
import { belay, folder } from "../support/belay.ts";

const COMMAND = /^ {2}belay ([a-z-]+)/gm;

test("the help lists every command, each with a help of its own, in ASCII that fits into 110 columns", async () => {
  const cwd = folder();
  const { code, stdout: help } = await belay(cwd, ["--help"]);
  expect(code).toBe(0);
  const names = [...help.matchAll(COMMAND)].map(([, name]) => name!);
  expect(names).toEqual(expect.arrayContaining(["new", "launch", "resume", "query", "doctor", "repair"]));
  const texts = [help];
  for (const name of new Set(names)) {
    const one = await belay(cwd, [name, "--help"]);
    expect(one.stdout.split("\n")[0]).toMatch(`belay ${name}`);
    texts.push(one.stdout);
  }
  // The build measures text as if each character were one column wide, so the help must be ASCII.
  for (const line of texts.join("\n").split("\n")) {
    expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(line.length).toBeLessThanOrEqual(110);
  }
});
