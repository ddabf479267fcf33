import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, trials, write } from "../../support/belay.ts";

/** What a run keeps in TMPDIR may be taken by whoever tidies up there: a system's cleaner, or a trial. */

/** Two trials empty TMPDIR; the second of them then stops its host, which cannot end it any more. */
const STUDY = `
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineStudy, float } from "belay";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default defineStudy({
  name: "tidy",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ trial }) => {
    if (trial.number % 2 === 0) for (const name of readdirSync(tmpdir())) rmSync(join(tmpdir(), name), { recursive: true });
    if (trial.number === 2) {
      await sleep(3_000); // the host looks for its file every second
      process.kill(process.pid, "SIGSTOP");
    }
    return trial.number;
  },
});
`;

test("trials go on when a cleaner takes what a run keeps in TMPDIR, and hosts are still watched", async () => {
  const cwd = folder();
  write(cwd, { "study.mjs": STUDY });
  mkdirSync(join(cwd, "tmp"));
  const options = ["--trials", "4", "--recycle", "always", "--split-timeout", "8s", "--grace", "100ms"];
  const { code, stderr } = await belay(cwd, ["launch", "study.mjs", ...options], {
    TMPDIR: join(cwd, "tmp"),
  });
  expect(code, stderr).toBe(0);
  const found = await trials(cwd, "tidy");
  const ends = found.map(({ number, state, reason, detail }) => [number, state, reason, detail?.by ?? null]);
  expect(ends).toEqual([
    [0, "complete", null, null],
    [1, "complete", null, null],
    // It has stopped its own host: only the watcher can end it, and only by what it reads in TMPDIR.
    [2, "pruned", "split-timeout", "watcher"],
    [3, "complete", null, null],
  ]);
});
