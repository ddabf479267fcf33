import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { memoryGroupVersion, openMemoryGroup } from "../../src/machine/memory-group.ts";

function root(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "belay-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

test("without control groups, or where the kernel makes no limit in a new one, there is none and no folder is left", () => {
  expect(openMemoryGroup(1e9, root({}))).toBeNull();
  // A file system that is not the kernel's: new folders have no files.
  const plain = root({ "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cgroup.procs": "" });
  expect(memoryGroupVersion(plain)).toBeNull();
  expect(readdirSync(join(plain, "sys/fs/cgroup/a"))).toEqual(["b"]);
  expect(readdirSync(join(plain, "sys/fs/cgroup/a/b"))).toEqual(["cgroup.procs"]);
});

const version = memoryGroupVersion();
if (version === null)
  console.warn("NO MEMORY GROUPS FOR THIS USER: the test of the kernel's limit is left out");

test.skipIf(version === null)(
  "the kernel ends a process at the limit of its group, and the group is gone after it",
  async () => {
    const group = openMemoryGroup(1e9)!;
    group.limit(100e6);
    const code = "setTimeout(() => { const held = []; for (;;) held.push(Buffer.alloc(10e6, 1)); }, 300)";
    const child = spawn(process.execPath, ["-e", code], { stdio: "ignore" });
    expect(group.add(child.pid!)).toBe(true);
    expect(group.processes()).toEqual([child.pid]);
    const signal = await new Promise((resolve) => child.on("exit", (_, by) => resolve(by)));
    expect(signal).toBe("SIGKILL");
    expect(group.kills()).toBeGreaterThan(0);
    expect(group.peakBytes() ?? 0).toBeLessThanOrEqual(101e6);
    expect(group.processes()).toEqual([]);
    group.close();
    expect(existsSync("/proc/self/cgroup")).toBe(true);
    expect(group.peakBytes()).toBeNull();
  },
);
