import { spawnSync } from "node:child_process";
import { test } from "vitest";

/** Whether Python 3 is on this machine. */
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) console.warn("NO python3 ON THIS MACHINE: the tests of trainers in Python are left out");

/** A test that needs Python 3, and is left out, loudly, without it. */
export const pythonTest = test.skipIf(!hasPython);
