import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder, write } from "../support/belay.ts";

const WATCHER = new URL("../../dist/worker/watcher/watcher.js", import.meta.url).href;

test("a call to the watcher waits for its answer, even if nothing else keeps the process alive", () => {
  const cwd = folder();
  const program = `
    import { startWatcher } from ${JSON.stringify(WATCHER)};
    const watcher = startWatcher({ reserveBytes: 2 ** 60, graceMs: 1_000, gpu: false }, ({ kind }) => console.log(kind));
    await watcher.sync();
    console.log("answered");
  `;
  write(cwd, { "asks.mjs": program });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(cwd, "asks.mjs")], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const said = stdout.trim().split("\n");
  expect({ status, first: said[0], last: said.at(-1) }).toEqual({
    status: 0,
    first: "brake",
    last: "answered",
  });
});
