import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { script } from "../../support/scripts.ts";

const ORPHANS = script("orphans");

test("10 coordinators that are killed, half of them while a host is starting, leave no process", () => {
  // An orphan lives for ever, so a generous bound still finds it, also on a slow machine.
  const args = [...ORPHANS, "--kills", "10", "--seed", "3", "--within", "20000"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^all of 10: 0 processes left/m);
}, 600_000);
