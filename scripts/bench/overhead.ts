// Measures what the guards cost a trial that sleeps for a second: wall time around its training, CPU time of its host
// and of the coordinator meanwhile, and the cleanup afterwards, each apart.
//
//   npm run bench:overhead -- [--runs 20] [--json]

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleStudy } from "../../src/study/bundle.ts";
import { localEngine } from "../../src/worker/engine.ts";
import { machineText, print, readArguments } from "./harness.ts";
import { mean, median } from "./statistics.ts";

const SLEEP_MS = 1_000;
const GOAL = 0.01;
const STUDY = `
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "overhead",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: () => new Promise((resolve) => setTimeout(resolve, ${SLEEP_MS}, 1)),
});
`;

const { runs, json } = readArguments({ runs: 20 });
const folder = mkdtempSync(join(tmpdir(), "belay-bench-"));
writeFileSync(join(folder, "overhead-study.mjs"), STUDY);
const bundle = await bundleStudy(join(folder, "overhead-study.mjs"), folder);
const engine = localEngine({
  boot: {
    bundle: bundle.file,
    studyFile: "overhead.mjs",
    studyName: "overhead",
    seed: 0,
    backend: null,
    setupTimeoutMs: 60_000,
    graceMs: 1_000,
    memoryBytes: 1e9,
    cacheFolder: null,
    checkpoints: null,
  },
  workers: 1,
  isolation: "process",
  recycle: "clean",
  reserveBytes: 0,
  cores: 2,
  folder,
  onOutput: () => {},
  onBrake: () => {},
});

/** The cost of a trial beside its training, in ms. */
type Cost = Readonly<Record<"around" | "cleanup" | "host" | "own", number>>;

/** User and system time of a process, in ms. */
function cpuMs(pid: number | "self"): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function sleepOnce(number: number): Promise<Cost> {
  const limits = { splitTimeoutMs: 60_000, trialTimeoutMs: 60_000, memoryBytes: 1e9, graceMs: 1_000 };
  const task = { number, attempt: 1, params: { x: 0 }, recorded: [], limits };
  const marks = { started: 0, outcome: 0, final: 0, pid: 0, trainedMs: 0, hostMs: 0, ownMs: 0 };
  for await (const event of engine.run(task, new AbortController().signal)) {
    if (event.kind === "started") {
      Object.assign(marks, {
        started: performance.now(),
        pid: event.pid!,
        hostMs: cpuMs(event.pid!),
        ownMs: cpuMs("self"),
      });
    } else if (event.kind === "split") {
      marks.trainedMs = event.result.durationMs;
      event.answer("go");
    } else if (event.kind === "outcome") {
      marks.outcome = performance.now();
      marks.hostMs = cpuMs(marks.pid) - marks.hostMs;
      marks.ownMs = cpuMs("self") - marks.ownMs;
    } else if (event.kind === "final") marks.final = performance.now();
  }
  return {
    around: marks.outcome - marks.started - marks.trainedMs,
    cleanup: marks.final - marks.outcome,
    host: marks.hostMs,
    own: marks.ownMs,
  };
}

await engine.open();
await sleepOnce(0); // Not counted: the spare host starts during the first trial.
const done: Cost[] = [];
for (let number = 1; number <= runs; number++) done.push(await sleepOnce(number));
await engine.close();
rmSync(folder, { recursive: true, force: true });

const of = (key: keyof Cost): number[] => done.map((run) => run[key]);
const figures = {
  aroundMs: median(of("around")),
  cleanupMs: median(of("cleanup")),
  hostCpuMs: mean(of("host")),
  ownCpuMs: mean(of("own")),
};
const share = figures.aroundMs / SLEEP_MS;
print(json, { trials: done.length, sleepMs: SLEEP_MS, share, goal: GOAL, ...figures }, () =>
  [
    `${machineText()}: ${done.length} trials that sleep for ${SLEEP_MS} ms`,
    `wall time around train: ${figures.aroundMs.toFixed(1)} ms (${(100 * share).toFixed(2)} %, goal below ${100 * GOAL} %)`,
    `cleanup and final reading: ${figures.cleanupMs.toFixed(1)} ms`,
    `CPU meanwhile: host ${figures.hostCpuMs.toFixed(1)} ms, coordinator with its watcher ${figures.ownCpuMs.toFixed(1)} ms`,
  ].join("\n"),
);
process.exitCode = share < GOAL ? 0 : 1;
