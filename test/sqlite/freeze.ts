import { rmSync } from "node:fs";
import { UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import type { SlotReading } from "../../src/store/activity.ts";
import { FINAL, METRICS, newStudy, splitResult } from "../support/store.ts";

const ORIGINS = [null, "turn of gp, which brought 4 of the last 10 improvements", null];

/**
 * Writes a database with rows of every kind in the present schema to `file`. This is done once for each new schema
 * version, and the file is then kept for good as test/sqlite/frozen/version-N.db.
 */
export async function freeze(file: string): Promise<void> {
  let now = Date.UTC(2030, 0, 1);
  const draft = `${file}.draft`;
  const store = openSqliteStore(draft, { now: () => now++ });
  const owner = {
    ...currentIdentity(),
    pid: 4_194_399,
    bootId: "boot",
    hostname: "host",
    namespace: null,
    processStart: "1",
  };
  const earlier = {
    source: "digits-old",
    file: null,
    trials: [{ number: 4, params: { learningRate: 0.1 }, cost: -0.5 }],
  };
  const study = await store.createStudy(newStudy({ splitCount: 3 }), owner, [], { learned: earlier });
  const params = [
    { learningRate: 0.01, optimizer: "adam" },
    { learningRate: 0.001, optimizer: "sgd", momentum: 0.9 },
  ];
  const ends = [
    { state: "complete", values: [0.9], constraints: [] },
    { state: "complete", values: [0.8], constraints: [-1, 0.5] },
    { state: "pruned", reason: "pruner", detail: { pruner: "median", value: 1.5 } },
    {
      state: "pruned",
      reason: "memory-limit",
      detail: { limitBytes: 100, seenBytes: 120, by: "watcher", rung: "sigkill" },
    },
    {
      state: "fail",
      reason: "error",
      detail: { during: "split 1" },
      error: { name: "Error", message: "no", stack: "at x" },
    },
    { state: "fail", reason: "crash", detail: { signal: "SIGSEGV" }, error: null },
  ] as const;
  for (const [number, end] of ends.entries()) {
    const origin =
      number % 3 === 0 ? null : { by: number % 3 === 1 ? "gp" : "tpe", why: ORIGINS[number % 3]! };
    const key = await study.startTrial({ number, params: params[number % 2]!, origin });
    await study.recordStart(key, { slot: number % 2, hostPid: 77, baselineBytes: 80e6 });
    await study.recordReport(key, { split: 0, step: 1, value: 0.5 });
    for (let split = 0; split < (end.state === "complete" ? 3 : 1); split++)
      await study.recordSplit(key, splitResult(split, number + split));
    const final = end.state === "fail" ? { ...UNKNOWN_MEMORY, source: "guard" as const } : FINAL;
    await study.finish(key, end, final, { durationMs: 30 });
  }
  await study.invalidate({ number: 1, undo: false, reason: "the disk was full" }, "ada@lab");
  const cut = await study.startTrial({ number: 6, params: params[0]! });
  await study.recordSplit(cut, splitResult(0, 1));
  await study.interrupt(cut, "ctrl-c", { durationMs: 10 });
  await study.enqueue({ learningRate: 0.05 });
  await study.answer(await store.send(study.id, { kind: "stop", data: {} }), { ok: true });
  await study.release("converged", "ctrl-c", { rule: "no-improvement(trials=5)", figure: 5 });
  const two = newStudy({
    name: "front",
    directions: ["minimize", "maximize"],
    splitCount: 1,
    noise: true,
    backend: "wasm",
  });
  const second = await store.createStudy(two, owner);
  const key = await second.startTrial({ number: 0, params: params[1]! });
  await second.recordSplit(key, splitResult(0, 1, { values: [1, 2], constraints: [0.25] }));
  await second.finish(key, { state: "complete", values: [1, 2], constraints: [0.25] }, FINAL, {
    durationMs: 5,
  });
  const wait = { kind: "memory", trial: 2, missingBytes: 5e8 } as const;
  const slot: SlotReading = {
    ...{ slot: 0, state: "running", trial: 1, split: 0, nth: 1, splitElapsedMs: 20, splitTimeoutMs: 60_000 },
    ...{ rssBytes: 120e6, minBytes: 100e6, maxBytes: 130e6, limitBytes: 500e6, pid: 77 },
  };
  await second.periodic.recordMetrics({ ...METRICS, waiting: 1, why: "trial 2: x", waits: [wait] }, [slot]);
  await second.startTrial({ number: 1, params: params[0]! }); // Here its coordinator died.
  store.close();
  const db = openDatabase(draft);
  db.prepare("VACUUM INTO ?").run(file);
  db.close();
  rmSync(draft);
}
