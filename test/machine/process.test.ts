import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import {
  isAlive,
  killGroup,
  killProcess,
  parseStat,
  readStat,
  startTicks,
} from "../../src/machine/process.ts";

function waiting(source = "setInterval(() => {}, 1000)", detached = false) {
  const child = spawn(process.execPath, ["-e", source], { detached, stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, pid: child.pid!, ended: once(child, "exit") };
}

test("a process is alive until it has ended, even if this process may not signal it", async () => {
  const { pid, ended } = waiting();
  expect(isAlive(pid)).toBe(true);
  killProcess(pid);
  await ended;
  expect(isAlive(pid)).toBe(false);
  killProcess(pid);
  const kill = process.kill;
  onTestFinished(() => {
    process.kill = kill;
  });
  process.kill = () => {
    throw Object.assign(new Error("not permitted"), { code: "EPERM" });
  };
  expect(isAlive(1)).toBe(true);
});

test.skipIf(process.platform === "win32")(
  "killing a group ends the processes that its leader has started",
  async () => {
    const source = `const { pid } = require("node:child_process").spawn("sleep", ["60"], { stdio: "ignore" });
    console.log(pid); setInterval(() => {}, 1000)`;
    const { child, pid, ended } = waiting(source, true);
    const [line] = (await once(child.stdout!, "data")) as [Buffer];
    const grandchild = Number(line.toString());
    expect(isAlive(grandchild)).toBe(true);
    killGroup(pid);
    await ended;
    while (isAlive(grandchild) && readStat(grandchild)?.state !== "Z") await sleep(5);
    killGroup(pid);
  },
);

test("the name of a process may contain the characters that delimit it", () => {
  const numbers = Array.from({ length: 49 }, (_, i) => i + 4).join(" ");
  expect(parseStat(`17 (a) R (b c) S ${numbers}`)).toEqual({
    state: "S",
    cpuTicks: 14 + 15 + 16 + 17,
    startTicks: "22",
  });
});

test.runIf(process.platform === "linux")(
  "a process keeps its start time, and one that has ended has none",
  async () => {
    const { pid, ended } = waiting();
    const start = startTicks(pid)!;
    expect(start).toBeGreaterThanOrEqual(startTicks(process.pid)!);
    expect(startTicks(pid)).toBe(start);
    killProcess(pid);
    await ended;
    expect(startTicks(pid)).toBeNull();
  },
);
