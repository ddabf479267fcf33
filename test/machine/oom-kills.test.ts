import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { kernelKills } from "../../src/machine/oom-kills.ts";

function root(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "belay-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

test("the kernel's kills are counted on the machine and in the cgroup, version 1 and 2", () => {
  const vmstat = { "proc/vmstat": "nr_free_pages 12\noom_kill 2\n" };
  expect(kernelKills(root({}))).toBe(0);
  expect(kernelKills(root(vmstat))).toBe(2);
  const v2 = { "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.events": "oom 5\noom_kill 3\n" };
  expect(kernelKills(root({ ...vmstat, ...v2 }))).toBe(5);
  const v1 = {
    "proc/self/cgroup": "5:cpu:/\n4:memory:/a\n0::/\n",
    "sys/fs/cgroup/memory/a/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
  };
  expect(kernelKills(root(v1))).toBe(4);
});
