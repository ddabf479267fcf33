import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { openEndedChildren } from "../../src/machine/busy.ts";

test.runIf(process.platform === "linux")(
  "a child that was waited for changes the number by which it is known that there were none, and nothing else does",
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
