import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { openEndedChildren } from "../../src/machine/busy.ts";

test.runIf(process.platform === "linux")(
  "the counter of ended children changes when a child has been waited for, and only then",
  () => {
    const ended = openEndedChildren();
    const before = ended();
    expect(before).not.toBeNull();
    expect(ended()).toBe(before);
    spawnSync("true");
    const after = ended();
    expect(after).toBeGreaterThan(before!);
    expect(ended()).toBe(after);
  },
);
