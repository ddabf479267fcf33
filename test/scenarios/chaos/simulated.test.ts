import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { script } from "../../support/scripts.ts";

const CHAOS = script("chaos");

test("100 simulated studies survive crashes at every point of the loop, and repeat exactly", () => {
  const chaos = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...CHAOS, "--real", "0", ...args], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout.split("\n").filter((line) => line.includes("seed "))).toEqual([]);
    expect(status, stdout).toBe(0);
    return stdout.replace(/[\d.]+ s$/m, "");
  };
  chaos("--simulated", "100");
  expect(chaos("--simulated", "3")).toBe(chaos("--simulated", "3"));
}, 600_000);
