import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { script } from "../../support/scripts.ts";

const FUZZ = script("fuzz-repair");

test("60 databases with random damage: every command prints one line, and a repair saves undamaged rows", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...FUZZ, "--cases", "60"], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^60 cases: \d+ intact, \d+ repaired/m);
}, 300_000);
