import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CHAOS = fileURLToPath(new URL("../../../scripts/chaos.mjs", import.meta.url));

test("10 real studies survive kills, stops and rivals of coordinator and hosts", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [CHAOS, "--simulated", "0", "--real", "10"],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^real: 10 seeds/);
}, 240_000);
