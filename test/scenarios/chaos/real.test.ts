import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { script } from "../../support/scripts.ts";

const CHAOS = script("chaos");

test("10 real studies survive kills, stops and rivals of coordinator and hosts", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...CHAOS, "--simulated", "0", "--real", "10"],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^real: 10 seeds/);
}, 600_000);
