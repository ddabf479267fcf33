import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BELAY } from "../../run.ts";
import { machineText, table } from "../harness.ts";
import { SLEEPING_STUDY } from "../sleeping-study.ts";
import { folder, type Part, percent } from "./setting.ts";

/** Runs `belay` and reads its JSON. */
function belay<T>(...args: readonly string[]): T {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [BELAY, ...args, "--json", "--quiet", "--log-level", "silent"],
    {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 1e9,
    },
  );
  if (status !== 0) throw new Error(stderr || stdout);
  return JSON.parse(stdout) as T;
}

/** The same work without Belay: a process and a worker_thread that sleep for 100 ms and pass one message each way. */
const BARE = {
  "bare.mjs": `import { fork } from "node:child_process";
const [rounds, slots] = [100, 2];
const slot = () => new Promise((resolve) => {
  const host = fork("bare-host.mjs", { serialization: "advanced" });
  let [round, began] = [0, performance.now()];
  host.on("message", () => {
    if (round === 0) began = performance.now();
    if (round++ < rounds) host.send({ x: round });
    else { host.kill(); resolve((performance.now() - began) / rounds); }
  });
});
const all = await Promise.all(Array.from({ length: slots }, slot));
console.log((all.reduce((sum, ms) => sum + ms) / slots).toFixed(1));`,
  "bare-host.mjs": `import { Worker } from "node:worker_threads";
const worker = new Worker("./bare-worker.mjs");
worker.on("message", (message) => process.send(message));
process.on("message", (message) => worker.postMessage(message));
process.send("ready");`,
  "bare-worker.mjs": `import { parentPort } from "node:worker_threads";
parentPort.on("message", (message) => void setTimeout(() => parentPort.postMessage(message), 100));`,
};

/** How long a sleep of 100 ms takes there, in ms. */
function bareMs(): number {
  for (const [name, text] of Object.entries(BARE)) writeFileSync(join(folder, name), text);
  const { stdout } = spawnSync(process.execPath, ["bare.mjs"], { cwd: folder, encoding: "utf8" });
  return Number(stdout);
}

export const overhead: Part = ({ trials: asked }) => {
  const trials = asked ?? 1_000;
  const bare = bareMs();
  writeFileSync(join(folder, "sleep.ts"), SLEEPING_STUDY);
  const idealMs = (trials / 2) * 100;
  const runs = ["full", "normal"].map((durability) => {
    const db = `overhead-${durability}.db`;
    const options = ["--trials", String(trials), "--workers", "2", "--sampler", "random"];
    belay("launch", "sleep.ts", "--db", db, ...options, "--durability", durability);
    const [{ ms, attemptMs }] = belay<[{ readonly ms: number; readonly attemptMs: number }]>(
      "sql",
      "select max(ended_at) - min(started_at) as ms, avg(duration_ms) as attemptMs from attempts",
      "--db",
      db,
    );
    return { durability, ms, attemptMs, over: ms / idealMs - 1 };
  });
  const lines = runs.map(
    ({ durability, ms, attemptMs, over }) =>
      `overhead: ${trials} trials of 100 ms on 2 slots, durability ${durability}: ${(ms / 1000).toFixed(1)} s, ideal ${idealMs / 1000} s: ${percent(over)} over; an attempt takes ${attemptMs.toFixed(1)} ms (${machineText()})`,
  );
  const text = [`bare process and worker: ${bare.toFixed(1)} ms for 100 ms`, ...lines].join("\n");
  return { figures: { trials, idealMs, bareMs: bare, runs }, text };
};

interface Finding {
  readonly subject: string;
  readonly data: { readonly availableBytes: number };
}
interface Summary {
  readonly durationMs: number;
  readonly trials: Readonly<Record<string, number>>;
}

/** Trials of 20 to 600 MB and 0.2 to 2 s of computing. */
const MIXED_STUDY = `import { defineStudy, float, int } from "belay";
export default defineStudy({ name: "mixed", direction: "minimize", noise: true,
  space: { x: float(0, 1), megabytes: int(20, 600, { log: true }), ms: int(200, 2000, { log: true }) },
  train: async ({ params }) => {
    const held = Buffer.alloc(params.megabytes * 1e6, 1);
    const end = performance.now() + params.ms;
    while (performance.now() < end) { Math.sqrt(held[3]!); if (Math.random() < 1e-3) await new Promise(setImmediate); }
    return params.x;
  } });`;

/** Runs trials of mixed lengths and sizes under a memory budget. The reserve is chosen so that the budget remains. */
export const real: Part = ({ trials: asked, budgetBytes }) => {
  const trials = asked ?? 40;
  writeFileSync(join(folder, "mixed.ts"), MIXED_STUDY);
  const { data } = belay<Finding[]>("doctor").find(({ subject }) => subject === "memory")!;
  const reserve = Math.round(data.availableBytes - budgetBytes);
  const figures = ["auto", "1", "2", "3"].map((workers) => {
    const db = `real-${workers}.db`;
    const options = ["--trials", String(trials), "--workers", workers, "--seed", "3", "--sampler", "random"];
    const { durationMs, trials: counts } = belay<Summary>(
      ...["launch", "mixed.ts", "--db", db, ...options],
      ...["--memory-reserve", String(reserve), "--cpu-thresholds", "100,99,98"],
      ...(workers === "auto" ? [] : ["--admission", "off"]),
    );
    const [{ over }] = belay<[{ readonly over: number }]>(
      ...["sql", "select avg(hosts_bytes > budget_bytes) as over from metrics", "--db", db],
    );
    return { workers, durationMs, over, counts };
  });
  const title = `real: ${trials} mixed trials (20 to 600 MB, 0.2 to 2 s of computing), budget ${budgetBytes / 1e9} GB (${machineText()})`;
  const rows = figures.map(({ workers, durationMs, over, counts }) => [
    ...[workers, (durationMs / 1000).toFixed(1), percent(over), JSON.stringify(counts)],
  ]);
  return {
    figures,
    text: `${title}\n${table(["workers", "seconds", "samples over budget", "trials"], rows)}`,
  };
};
