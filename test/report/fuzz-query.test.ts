import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { script } from "../support/scripts.ts";

const FUZZ = script("fuzz-query");

test("400 random questions: the built query answers as a plain reading of docs/cli.md does", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...FUZZ, "--expressions", "400", "--typed", "100"],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(
    /^2\d\d expressions \(\d+ hold for no trial, \d+ for all\), \d+ sorts, \d+ groupings$/m,
  );
  expect(stdout).toMatch(/^[3-9]\d faulty expressions refused in one line, \d+ with a meaning$/m);
  expect(stdout).toContain("4 typed as commands; 0 differences");
});
