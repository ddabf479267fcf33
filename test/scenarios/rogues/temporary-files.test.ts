import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, trials, write } from "../../support/belay.ts";

/** The temporary files of a run may be deleted by a system's cleaner or by a trial. */

/** Two trials empty TMPDIR; the second one then stops its host, so that the host can no longer end it. */
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
      await sleep(3_000); // The host checks its file every second.
      process.kill(process.pid, "SIGSTOP");
    }
    return trial.number;
  },
});
`;

test("trials go on, and hosts are still watched, after the run's files in TMPDIR were deleted", async () => {
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
    // The trial has stopped its own host, so only the watcher can end it, and the watcher needs the files in TMPDIR.
    [2, "pruned", "split-timeout", "watcher"],
    [3, "complete", null, null],
  ]);
});
