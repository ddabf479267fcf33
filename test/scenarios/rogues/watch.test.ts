import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { folder, processesIn, start, trials, write } from "../../support/belay.ts";
import { GALLERY } from "./gallery.ts";

/** The host's own watch and the watcher, each in a case that only it can end. */

async function launchOne(name: string, kind: string, grace: string) {
  const cwd = folder();
  onTestFinished(() => {
    for (const pid of processesIn(cwd)) process.kill(pid, "SIGKILL"); // A stopped host receives no other signal.
  });
  const run = start(cwd, [
    ...["launch", GALLERY, "--name", name, "--trials", "2", "--split-timeout", "1s", "--grace", grace],
    ...["--enqueue", JSON.stringify({ kind }), "--enqueue", '{"kind":"good"}'],
  ]);
  await run.finished;
  const [first, second] = await trials(cwd, name);
  const { state, reason, detail, error } = second!;
  expect({ state, reason, detail, error }).toMatchObject({ state: "complete", reason: null, error: null });
  return first!;
}

test("the host's watch ends a loop long before the watcher would", async () => {
  const { reason, detail } = await launchOne("watch-host", "js-loop", "5s");
  expect({ reason, by: detail?.by, rung: detail?.rung }).toEqual({
    reason: "split-timeout",
    by: "host",
    rung: expect.stringMatching(/^(terminate|sigkill)$/), // A thread that gets no processor is ended by the next step.
  });
});

test("the watcher ends a trial that has stopped its own host", async () => {
  const { reason, detail, memory } = await launchOne("watch-watcher", "stops-its-host", "300ms");
  expect({ reason, by: detail?.by, rung: detail?.rung }).toEqual({
    reason: "split-timeout",
    by: "watcher",
    rung: "sigkill",
  });
  expect(detail?.elapsedMs).toBeGreaterThan(1_000 + 100 + 300); // The host's own steps would have ended by then.
  expect(memory).toMatchObject({ source: "guard", peakBytes: expect.any(Number) });
});

const PLACE = `
import { isMainThread, threadId } from "node:worker_threads";
import { defineStudy, float } from "belay";

export default defineStudy({
  name: "place",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ log }) => {
    log(JSON.stringify({ isMainThread, threadId, pid: process.pid, parent: process.ppid }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    return 1;
  },
});
`;

interface Place {
  readonly isMainThread: boolean;
  readonly threadId: number;
  readonly pid: number;
  readonly parent: number;
}

test("train runs in a worker_thread of a child process, and two slots are two processes", async () => {
  const cwd = folder();
  write(cwd, { "place.ts": PLACE });
  const run = start(cwd, ["launch", "place.ts", "--trials", "4", "--workers", "2"]);
  expect((await run.finished).code).toBe(0);
  const lines = readFileSync(join(cwd, "belay.log"), "utf8").trim().split("\n");
  const places = lines
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
    .filter((msg) => msg.startsWith("{"))
    .map((msg) => JSON.parse(msg) as Place);
  expect(places).toHaveLength(4);
  for (const { isMainThread, threadId, parent } of places) {
    expect({ isMainThread, parent }).toEqual({ isMainThread: false, parent: run.pid });
    expect(threadId).toBeGreaterThan(0);
  }
  expect(new Set(places.map(({ pid }) => pid)).size).toBe(2);
});
