import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { EngineEvent } from "../../../src/core/engine.ts";
import { bundleStudy } from "../../../src/study/bundle.ts";
import { belay, folder, start, trials, until } from "../../support/belay.ts";
import { GALLERY } from "../rogues/gallery.ts";

/** The emergency brake, with a reserve as large as the machine's memory, so that it is never available. */

const MAIN_ENGINE = new URL("../../../dist/worker/engine.js", import.meta.url).href;

test("below the reserve no trial starts, a line says what to do, and Ctrl-C ends the wait", async () => {
  const cwd = folder();
  const run = start(cwd, [
    "launch",
    GALLERY,
    "--name",
    "brake",
    "--trials",
    "2",
    "--memory-reserve",
    String(await largestReserve(cwd)),
  ]);
  const said = (text: string) => () => run.output().stderr.includes(text);
  await until("the line about it", said("memory reserve reached"));
  await until("the study to run", said("study brake: "));
  run.child.kill("SIGINT");
  const { code, stderr } = await run.finished;
  expect(code).toBe(130);
  expect(stderr).toMatch(/memory reserve reached: \d+\.\d\d GB available; no trial starts until it is back/);
  expect(stderr).not.toContain("trial 0 started");
  expect(await trials(cwd, "brake")).toEqual([]);
});

test("a reserve larger than the machine's memory is refused, at launch and while a study runs", async () => {
  const cwd = folder();
  const launch = (name: string, reserve: string): string[] => [
    ...["launch", GALLERY, "--name", name, "--trials", "2", "--memory-reserve", reserve],
  ];
  const refused = await belay(cwd, launch("huge", "999TB"));
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /^belay: --memory-reserve: expected at most \d+\.\d\d GB \(the machine has .*\), got 999000\.00 GB/m,
  );
  const run = start(cwd, launch("brake", String(await largestReserve(cwd))));
  await until("the study to run", () => run.output().stderr.includes("study brake: "));
  const set = await belay(cwd, ["set", "brake", "reserve=999TB", "--timeout", "50s"]);
  expect(set.stderr).toMatch(/^belay: reserve: expected at most .*, got 999000\.00 GB/);
  run.child.kill("SIGKILL");
  await run.finished;
});

/** A reserve that is never available: the machine's memory without a small amount that any process of Node holds. */
async function largestReserve(cwd: string): Promise<number> {
  const { stdout } = await belay(cwd, ["doctor", "--json"]);
  const findings = JSON.parse(stdout) as { data?: { totalBytes?: number } }[];
  return Math.floor(findings.find(({ data }) => data?.totalBytes)!.data!.totalBytes!) - 2 ** 26;
}

test("a trial that is running when the reserve is reached is pruned, with the machine's figures in its detail", async () => {
  const { localEngine }: typeof import("../../../src/worker/engine.ts") = await import(MAIN_ENGINE);
  const path = mkdtempSync(join(tmpdir(), "belay-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const bundle = await bundleStudy(GALLERY, path);
  const engine = localEngine({
    boot: {
      ...{ bundle: bundle.file, studyFile: "gallery.ts", studyName: "brake", seed: 0, backend: null },
      ...{ setupTimeoutMs: 60_000, graceMs: 1_000, memoryBytes: null, cacheFolder: null, checkpoints: null },
    },
    ...{ workers: 1, isolation: "process", recycle: "clean", reserveBytes: 2 ** 60, cores: 2, folder: path },
    ...{ onOutput: () => {}, onBrake: () => {} },
  });
  onTestFinished(() => engine.close());
  await engine.open();
  expect(engine.machines().map(({ isShort }) => isShort)).toEqual([true]);
  const limits = { splitTimeoutMs: null, trialTimeoutMs: 60_000, memoryBytes: null, graceMs: 1_000 };
  const task = { number: 0, attempt: 1, params: { kind: "js-loop" }, recorded: [], limits };
  const events: EngineEvent[] = [];
  for await (const event of engine.run(task, new AbortController().signal)) events.push(event);
  expect(events.find(({ kind }) => kind === "outcome")).toEqual({
    kind: "outcome",
    end: {
      state: "pruned",
      reason: "memory-reserve",
      detail: {
        ...{ reserveBytes: 2 ** 60, by: "watcher" },
        availableBytes: expect.any(Number),
        rssBytes: expect.any(Number),
      },
    },
  });
});
