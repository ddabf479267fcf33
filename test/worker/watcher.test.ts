import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder, write } from "../support/belay.ts";

const WATCHER = new URL("../../dist/worker/watcher/watcher.js", import.meta.url).href;
const BEACON = new URL("../../dist/worker/beacon.js", import.meta.url).href;

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

test("a watcher that was asked just before it is stopped keeps the process alive until it has ended", () => {
  const cwd = folder();
  const program = `
    import { startWatcher } from ${JSON.stringify(WATCHER)};
    const watcher = startWatcher({ reserveBytes: 0, graceMs: 1_000, gpu: false }, () => {});
    await watcher.sync();
    void watcher.sync();
    const wait = new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(wait, 0, 0, 1_000); // the answer comes meanwhile, and is read only after the call that stops it
    await watcher.stop();
    console.log("stopped");
  `;
  write(cwd, { "stops.mjs": program });
  const { status, stdout } = spawnSync(process.execPath, [join(cwd, "stops.mjs")], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "stopped\n" });
});

test("a watcher that starts only after a pause spares a host that has not taken it off its clock yet", () => {
  const cwd = folder();
  const program = `
    import { spawn } from "node:child_process";
    import { startWatcher } from ${JSON.stringify(WATCHER)};
    import { beaconWriter, monotonicMs } from ${JSON.stringify(BEACON)};
    const host = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const write = beaconWriter("beacon");
    const numbers = { trial: -1, split: -1, verdict: -1, reason: 0, limitMs: 8_000, rssBytes: 0, baselineBytes: 0,
      peakBytes: 0, verdictLimit: 0, verdictSeen: 0, sent: 0, received: 0 };
    const wroteAt = monotonicMs() - 60_000;
    write({ ...numbers, at: wroteAt, deadlineAt: wroteAt + 7_000 });
    const watcher = startWatcher({ reserveBytes: 0, graceMs: 20_000, gpu: false }, () => {});
    watcher.watch({ slot: 0, pid: host.pid, beacon: "beacon", limits: null });
    for (let looks = 0; looks < 3; looks++) await watcher.sync();
    write({ ...numbers, at: monotonicMs(), deadlineAt: monotonicMs() + 7_000 });
    await watcher.sync();
    console.log(JSON.stringify(await watcher.killOf(host.pid)), host.signalCode);
    host.kill("SIGKILL");
    await watcher.stop();
  `;
  write(cwd, { "starts-late.mjs": program });
  const { stdout, stderr } = spawnSync(process.execPath, [join(cwd, "starts-late.mjs")], {
    cwd,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout).toBe("null null\n");
});
