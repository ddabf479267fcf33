// Measures how long after its limit a stuck trial is ended, for each way to be stuck, while both cores and the
// coordinator's own event loop are busy. Prints a table; exits with 1 if a goal is missed.
//
//   npm run bench:kill -- [--runs 20] [--json]

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { bundleStudy } from "../../src/study/bundle.ts";
import { localEngine } from "../../src/worker/engine.ts";
import { machineText, print, readArguments, table } from "./harness.ts";

const LIMIT_MS = 500;
const GRACE_MS = 1_000;
/** Goals at the 99th percentile, in ms from the limit to the end of the process, or of the trial if its host stays. */
const GOALS: Readonly<Record<string, number>> = {
  "js loop": 300,
  "microtask loop": 300,
  "native call": GRACE_MS + 500,
  "child process": GRACE_MS + 500,
  "listens to its signal": 100,
  "pruned after a split": 100,
};
/** The coordinator's loop is kept busy for 80 % of the time, in longer pieces than a proposal or a write ever takes. */
const BUSY_MS = 10;
const IDLE_MS = 2.5;

const { runs, json } = readArguments({ runs: 20 });
const folder = mkdtempSync(join(tmpdir(), "belay-bench-"));
process.env.BELAY_BENCH = folder;

// The burners stand for other programs: they have sessions of their own, which Linux schedules as groups.
const burners = Array.from({ length: 2 }, () =>
  spawn(process.execPath, ["-e", "for (;;);"], { detached: true, stdio: "ignore" }),
);
const stopBurners = () => {
  for (const burner of burners) burner.kill("SIGKILL");
};
process.on("exit", stopBurners);
const poller = new Worker(new URL("./kill/poller.ts", import.meta.url));
const deaths = new Map<number, (at: number) => void>();
poller.on("message", ({ number, at }) => deaths.get(number)?.(at));
const busy = setInterval(() => {
  const end = performance.now() + BUSY_MS;
  while (performance.now() < end);
}, BUSY_MS + IDLE_MS);

const bundle = await bundleStudy(fileURLToPath(new URL("./kill/study.ts", import.meta.url)), folder);
const engine = localEngine({
  boot: {
    bundle: bundle.file,
    studyFile: "kill.ts",
    studyName: "kill",
    seed: 0,
    backend: null,
    setupTimeoutMs: 60_000,
    graceMs: GRACE_MS,
    memoryBytes: null,
    cacheFolder: null,
    checkpoints: null,
  },
  workers: 2,
  isolation: "process",
  recycle: "clean",
  reserveBytes: 0,
  cores: 2,
  folder,
  onOutput: () => {},
  onBrake: () => {},
});

const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;

interface Kill {
  readonly kind: string;
  readonly overMs: number;
  /** The step that ended the trial. */
  readonly how: string;
}

/** Runs one trial and measures its end. */
async function kill(kind: string, number: number): Promise<Kill> {
  const limits = { splitTimeoutMs: LIMIT_MS, trialTimeoutMs: 60_000, memoryBytes: null, graceMs: GRACE_MS };
  const task = { number, attempt: 1, params: { kind }, recorded: [], limits };
  const dead = new Promise<number>((resolve) => deaths.set(number, resolve));
  let endedAt = 0;
  let how = "";
  for await (const event of engine.run(task, new AbortController().signal)) {
    if (event.kind === "started") poller.postMessage({ number, pid: event.pid });
    else if (event.kind === "split") event.answer("prune");
    else if (event.kind === "outcome") {
      endedAt = now();
      how = String(("detail" in event.end && event.end.detail?.rung) || event.end.state);
    }
  }
  const began = Number(readFileSync(join(folder, String(number)), "utf8"));
  if (how === "pruned-by-verdict") return { kind, overMs: endedAt - began, how };
  if (how === "abort") return { kind, overMs: endedAt - began - LIMIT_MS, how };
  return { kind, overMs: (await dead) - began - LIMIT_MS, how };
}

const kinds = Object.keys(GOALS);
const todo = Array.from({ length: runs * kinds.length }, (_, number) => ({
  kind: kinds[number % kinds.length]!,
  number,
}));
const done: Kill[] = [];
await engine.open();
await Promise.all(
  [0, 1].map(async () => {
    for (let next = todo.shift(); next; next = todo.shift()) done.push(await kill(next.kind, next.number));
  }),
);
await engine.close();
clearInterval(busy);
stopBurners();
await poller.terminate();
rmSync(folder, { recursive: true, force: true });

/** The quantile by the nearest rank. */
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
const figures = kinds.map((kind) => {
  const mine = done.filter((run) => run.kind === kind);
  const sorted = mine.map(({ overMs }) => overMs).sort((a, b) => a - b);
  const [p50, p99, max] = [at(sorted, 0.5), at(sorted, 0.99), sorted.at(-1)!];
  const endedBy = [...new Set(mine.map(({ how }) => how))];
  return { kind, p50, p99, max, goal: GOALS[kind]!, endedBy };
});
const missed = figures.filter(({ p99, goal }) => p99 > goal);
print(json, { runs, limitMs: LIMIT_MS, graceMs: GRACE_MS, figures }, () => {
  const rows = figures.map(({ kind, p50, p99, max, goal, endedBy }) => [
    ...[kind, ...[p50, p99, max, goal].map((value) => value.toFixed(0))],
    `${endedBy.join(", ")}${p99 > goal ? "  MISSED" : ""}`,
  ]);
  return [
    `${machineText()}, two of the cores burning, ${runs} runs of each, limit ${LIMIT_MS} ms, grace ${GRACE_MS} ms`,
    table(["milliseconds past the limit", "p50", "p99", "max", "goal", "ended by"], rows),
  ].join("\n");
});
process.exitCode = missed.length > 0 ? 1 : 0;
