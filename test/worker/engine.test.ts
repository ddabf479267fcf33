import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll } from "vitest";
import type { bundleStudy } from "../../src/study/bundle.ts";
import type { LocalEngine, LocalEngineOptions } from "../../src/worker/engine.ts";
import { engineConformance } from "../conformance/engine.ts";
import { write } from "../support/belay.ts";

const built = (path: string): string => new URL(`../../dist/${path}`, import.meta.url).href;

const STUDY = `import { setTimeout as sleep } from "node:timers/promises";
import { defineStudy, float } from "belay";
export default defineStudy({ name: "short", direction: "minimize", space: { x: float(0, 1) },
  splits: () => [0, 1, 2].map((row) => ({ train: [row], validation: [row + 3] })),
  train: async ({ params, signal }) => { await sleep(150, null, { signal }); return params.x; } });`;

const folders: string[] = [];
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

async function open() {
  const { localEngine } = (await import(built("worker/engine.js"))) as {
    localEngine: (options: LocalEngineOptions) => LocalEngine;
  };
  const study = (await import(built("study/bundle.js"))) as { bundleStudy: typeof bundleStudy };
  const cwd = mkdtempSync(join(tmpdir(), "belay-test-"));
  folders.push(cwd);
  write(cwd, { "short.ts": STUDY });
  const bundle = await study.bundleStudy(join(cwd, "short.ts"), cwd);
  const engine = localEngine({
    boot: {
      bundle: bundle.file,
      studyFile: "short.ts",
      studyName: "short",
      seed: 1,
      backend: null,
      setupTimeoutMs: 60_000,
      graceMs: 1_000,
      memoryBytes: null,
      cacheFolder: null,
      checkpoints: null,
    },
    workers: 2,
    isolation: "process",
    recycle: "clean",
    reserveBytes: 0,
    cores: 2,
    folder: cwd,
    onOutput: () => {},
    onBrake: () => {},
  });
  await engine.open();
  return { engine, wait: sleep };
}

engineConformance("the local one, with a process for each slot", open);
