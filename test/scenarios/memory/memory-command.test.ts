import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { MemoryReport } from "../../../src/report/memory/memory.ts";
import { belay, folder, start, until, write } from "../../support/belay.ts";
import { GALLERY } from "../rogues/gallery.ts";

/** What `memory` and `snapshot` show: the memory log with its verdict, and a heap snapshot of a running trial. */

const LEAK = `
import { defineStudy, float } from "belay";

const held = [];

export default defineStudy({
  name: "leak",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: () => {
    held.push(new Uint8Array(20e6).fill(1));
    return 1;
  },
});
`;

test("memory names a leak, its rate and its suspects, although hosts are recycled", async () => {
  const cwd = folder();
  write(cwd, { "leak.mjs": LEAK });
  await belay(cwd, ["launch", "leak.mjs", "--trials", "20", "--memory-limit", "1GB", "--recycle", "10"]);
  const { code, stdout } = await belay(cwd, ["memory", "leak", "--json"]);
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as MemoryReport;
  expect(report).toMatchObject({ study: "leak", verdict: "leaking", limitBytes: 1e9, count: 20 });
  expect(report.bytesPerTrial! / 20e6).toBeGreaterThan(0.95);
  expect(report.bytesPerTrial! / 20e6).toBeLessThan(1.05);
  expect(report.suspects.map(({ what }) => what)).toContain("external");
  expect(report.log).toHaveLength(20);
  expect(report.slots).toHaveLength(1);

  const text = (await belay(cwd, ["memory", "leak", "--limit", "3"])).stdout;
  expect(text).toMatch(
    /^leak: leaking 20 MB per trial \(95 % interval \d+ to \d+, 20 readings\), limit reached in about \d+ trials; suspects: external \(20 MB per trial\)/m,
  );
  expect(text).toContain("█");
  expect(text.split("\n").filter((line) => / complete /.test(line))).toHaveLength(3);
});

test("a snapshot of a looping trial is a whole file; one of a trial that does not run is refused", async () => {
  const cwd = folder();
  const run = start(cwd, [
    "launch",
    GALLERY,
    "--name",
    "shot",
    "--trials",
    "1",
    "--enqueue",
    '{"kind":"timer-loop"}',
  ]);
  await until("the trial to run", () => run.output().stderr.includes("trial 0 started"));
  await until("its row", async () => (await belay(cwd, ["snapshot", "shot", "0"])).code === 0);
  const file = join(cwd, "shot-0.heapsnapshot");
  expect(existsSync(file)).toBe(true);
  expect(Object.keys(JSON.parse(readFileSync(file, "utf8")) as object)).toContain("nodes");
  rmSync(file);
  const { code, stderr } = await belay(cwd, ["snapshot", "shot", "7"]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "belay: number: expected a trial of shot that runs now in a process of its own, got 7\n",
  });
});
