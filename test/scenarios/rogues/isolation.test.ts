import { expect, test } from "vitest";
import { folder, processesIn, start, trials, until } from "../../support/belay.ts";
import { expectNoTrace, GALLERY, runGallery } from "./gallery.ts";

/** Isolation by a worker_thread in the coordinator's own process, and what remains when the coordinator dies. */

test("in thread isolation endless loops are ended, ends are recorded, and memory is unknown", async () => {
  const kinds = ["js-loop", "never-settles", "listens", "exit-7", "throws-in-timer", "leaks-timers"];
  const gallery = await runGallery("gallery-thread", kinds, [
    ...["--isolation", "thread", "--split-timeout", "3s"],
  ]);
  const ends = kinds.map((kind) => {
    const { state, reason, detail } = gallery.row(kind);
    return [kind, state, reason, detail?.rung ?? detail?.exitCode ?? null];
  });
  expect(ends).toEqual([
    ["js-loop", "pruned", "split-timeout", "terminate"],
    ["never-settles", "pruned", "split-timeout", "terminate"],
    ["listens", "pruned", "split-timeout", "abort"],
    ["exit-7", "fail", "exit", 7],
    ["throws-in-timer", "fail", "error", null],
    ["leaks-timers", "complete", null, null],
  ]);
  for (const { memory } of gallery.rows)
    expect(memory).toMatchObject({ baselineBytes: null, peakBytes: null, finalBytes: null });
  expect(gallery.stderr).toContain("isolation thread: no memory limit for trials");
  expectNoTrace(gallery);
});

test("a coordinator that is killed leaves no process behind, whatever its trials do", async () => {
  const cwd = folder();
  const kinds = ["native-loop", "child-never-ends"].flatMap((kind) => [
    "--enqueue",
    JSON.stringify({ kind }),
  ]);
  const run = start(cwd, [
    "launch",
    GALLERY,
    "--name",
    "orphans",
    "--trials",
    "2",
    "--workers",
    "2",
    ...kinds,
  ]);
  await until("both trials to run", () => processesIn(cwd, "belay orphans #").length === 2);
  await until("the grandchild", () => processesIn(cwd, "sleep").length === 1);
  process.kill(run.pid, "SIGKILL");
  await until("all to be gone", () => processesIn(cwd).length === 0, 2_000);
});

test("children that left the process group end with their host", async () => {
  const cwd = folder();
  const args = ["--trials", "1", "--enqueue", '{"kind":"leaks-children"}'];
  const { code } = await start(cwd, ["launch", GALLERY, "--name", "grandchildren", ...args]).finished;
  expect(code).toBe(0);
  expect((await trials(cwd, "grandchildren"))[0]?.state).toBe("complete");
  // They are killed before the command ends, but a busy kernel may take a moment.
  await until("them to be gone", () => processesIn(cwd).length === 0, 2_000);
});
