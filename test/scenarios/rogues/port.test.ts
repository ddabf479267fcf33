import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, MAIN, rows, trials, write } from "../../support/belay.ts";

/** What a trial can reach of Belay in its thread, and what it can use up. */

const STUDY = `
import { openSync } from "node:fs";
import { executionAsyncResource } from "node:async_hooks";
import { MessagePort, workerData } from "node:worker_threads";
import { categorical, defineStudy } from "belay";

const isPort = (value: unknown) => value instanceof MessagePort;
const handles = () => (process as any)._getActiveHandles() as unknown[];
const kinds: Record<string, (scene: any) => number | Promise<number>> = {
  good: () => 0,
  looks: () =>
    Object.keys(workerData ?? {}).length + [...Object.values(workerData ?? {}), ...handles()].filter(isPort).length,
  listens: ({ signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", () => {
      console.log("in the listener: " + isPort(executionAsyncResource()));
      resolve(0);
    })),
  files: () => {
    for (;;) try { openSync("/dev/null", "r"); } catch (error) { return (error as any).code === "EMFILE" ? 5 : 6; }
  },
};
export default defineStudy({
  name: "reach",
  direction: "minimize",
  space: { kind: categorical(Object.keys(kinds)) },
  train: (scene) => kinds[scene.params.kind]!(scene),
});
`;

function args(kinds: readonly string[], ...options: readonly string[]): string[] {
  const wanted = kinds.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]);
  return ["launch", "reach.ts", "--trials", String(kinds.length), ...wanted, ...options];
}

test("a trial finds no port of Belay, neither in workerData nor among the handles of its thread", async () => {
  const cwd = folder();
  write(cwd, { "reach.ts": STUDY });
  const { stderr } = await belay(cwd, args(["looks", "good", "looks"]));
  expect(stderr).not.toContain("belay:");
  expect((await trials(cwd, "reach")).map(({ value }) => value)).toEqual([0, 0, 0]);
});

test("a trial finds no port of Belay while its signal is aborted either", async () => {
  const cwd = folder();
  write(cwd, { "reach.ts": STUDY });
  await belay(cwd, args(["listens", "listens", "listens", "listens"], "--split-timeout", "500ms"));
  // A thread that gets no processor within 100 ms is terminated, but of four trials at least one will have printed.
  const said = readFileSync(join(cwd, "belay.log"), "utf8").match(/in the listener: \w+/g);
  expect(new Set(said)).toEqual(new Set(["in the listener: false"]));
});

test("a trial that opens as many files as its process may, and returns a number, is complete", async () => {
  const cwd = folder();
  write(cwd, { "reach.ts": STUDY });
  const command = `ulimit -n 200; exec "$0" "$@"`;
  const { status, stderr } = spawnSync(
    "sh",
    ["-c", command, process.execPath, MAIN, ...args(["good", "files", "good"]), "--workers", "1"],
    { cwd, encoding: "utf8" },
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(await rows(cwd, "SELECT state, value FROM trials ORDER BY number")).toEqual([
    { state: "complete", value: 0 },
    { state: "complete", value: 5 },
    { state: "complete", value: 0 },
  ]);
});
