import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { EngineEvent } from "../../src/core/engine.ts";
import { bundleStudy } from "../../src/study/bundle.ts";
import { folder, start, trials, until } from "../belay.ts";
import { GALLERY } from "./gallery.ts";

/** The emergency brake, with a reserve that no machine has. */

const MAIN_ENGINE = new URL("../../dist/worker/engine.js", import.meta.url).href;

test("below the reserve no trial starts, people are told what to do, and Ctrl-C ends the wait", async () => {
  const cwd = folder();
  const run = start(cwd, [
    "launch",
    GALLERY,
    "--name",
    "brake",
    "--trials",
    "2",
    "--memory-reserve",
    "900TB",
  ]);
  const said = (text: string) => () => run.output().stderr.includes(text);
  await until("the line about it", said("memory reserve reached"));
  await until("the study to run", said("study brake: "));
  run.child.kill("SIGINT");
  const { code, stderr } = await run.finished;
  expect(code).toBe(130);
  expect(stderr).toMatch(/memory reserve reached: \d+\.\d GB available; no trial starts until it is back/);
  expect(stderr).not.toContain("trial 0 started");
  expect(await trials(cwd, "brake")).toEqual([]);
});

test("a trial that runs when the reserve is reached is pruned with the machine's numbers", async () => {
  const { localEngine }: typeof import("../../src/worker/engine.ts") = await import(MAIN_ENGINE);
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
  expect(engine.held()).toBeInstanceOf(Promise);
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
