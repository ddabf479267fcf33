import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { BELAY } from "../../run.ts";
import { folder, percent } from "./setting.ts";

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

const machineText = (): string =>
  `${cpus().length} cores, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`;

/** What is left without Belay: a process and a worker that sleep 100 ms and pass one message each way. */
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

function bare(): void {
  for (const [name, text] of Object.entries(BARE)) writeFileSync(join(folder, name), text);
  const { stdout } = spawnSync(process.execPath, ["bare.mjs"], { cwd: folder, encoding: "utf8" });
  console.log(`bare process and worker: ${stdout.trim()} ms for 100 ms`);
}

export function overhead(): void {
  bare();
  const trials = Number(process.env.TRIALS ?? 1_000);
  writeFileSync(
    join(folder, "sleep.ts"),
    `import { defineStudy, float } from "belay";
export default defineStudy({ name: "sleep", direction: "minimize", space: { x: float(0, 1) },
  train: async ({ params }) => { await new Promise((resolve) => setTimeout(resolve, 100)); return params.x; } });`,
  );
  for (const durability of ["full", "normal"]) {
    const db = `overhead-${durability}.db`;
    belay(
      "launch",
      "sleep.ts",
      "--db",
      db,
      "--trials",
      String(trials),
      "--workers",
      "2",
      "--sampler",
      "random",
      "--durability",
      durability,
    );
    const [{ ms, gap }] = belay<[{ readonly ms: number; readonly gap: number }]>(
      "sql",
      "select max(ended_at) - min(started_at) as ms, avg(duration_ms) as gap from attempts",
      "--db",
      db,
    );
    const ideal = (trials / 2) * 100;
    console.log(
      `overhead: ${trials} trials of 100 ms on 2 slots, durability ${durability}: ${(ms / 1000).toFixed(1)} s, ideal ${ideal / 1000} s: ${percent(ms / ideal - 1)} over; an attempt takes ${gap.toFixed(1)} ms (${machineText()})`,
    );
  }
}

interface Finding {
  readonly subject: string;
  readonly data: { readonly availableBytes: number };
}
interface Summary {
  readonly durationMs: number;
  readonly trials: Readonly<Record<string, number>>;
}

/** A mixed study under a memory budget: short and long, small and large trials. The reserve leaves BUDGET_GB. */
export function real(): void {
  const trials = Number(process.env.TRIALS ?? 40);
  writeFileSync(
    join(folder, "mixed.ts"),
    `import { defineStudy, float, int } from "belay";
export default defineStudy({ name: "mixed", direction: "minimize", noise: true,
  space: { x: float(0, 1), megabytes: int(20, 600, { log: true }), ms: int(200, 2000, { log: true }) },
  train: async ({ params }) => {
    const held = Buffer.alloc(params.megabytes * 1e6, 1);
    const end = performance.now() + params.ms;
    while (performance.now() < end) { Math.sqrt(held[3]!); if (Math.random() < 1e-3) await new Promise(setImmediate); }
    return params.x;
  } });`,
  );
  const { data } = belay<Finding[]>("doctor").find(({ subject }) => subject === "memory")!;
  const reserve = Math.round(data.availableBytes - Number(process.env.BUDGET_GB ?? 1.2) * 1e9);
  console.log(
    `real: ${trials} mixed trials (20 to 600 MB, 0.2 to 2 s of computing), budget ${process.env.BUDGET_GB ?? 1.2} GB (${machineText()})`,
  );
  for (const workers of ["auto", "1", "2", "3"]) {
    const db = `real-${workers}.db`;
    const { durationMs, trials: counts } = belay<Summary>(
      "launch",
      "mixed.ts",
      "--db",
      db,
      "--trials",
      String(trials),
      "--workers",
      workers,
      "--seed",
      "3",
      "--sampler",
      "random",
      "--memory-reserve",
      String(reserve),
      "--cpu-thresholds",
      "100,99,98",
      ...(workers === "auto" ? [] : ["--admission", "off"]),
    );
    const [{ over }] = belay<[{ readonly over: number }]>(
      "sql",
      "select avg(hosts_bytes > budget_bytes) as over from metrics",
      "--db",
      db,
    );
    console.log(
      `  workers ${workers.padEnd(4)} ${(durationMs / 1000).toFixed(1)} s  over budget in ${percent(over)} of samples  ${JSON.stringify(counts)}`,
    );
  }
}
