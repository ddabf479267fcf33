import { rmSync } from "node:fs";
import { UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import { openDatabase } from "../../src/store/database.ts";
import { currentIdentity } from "../../src/store/identity.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { FINAL, newStudy, splitResult } from "./fixture.ts";

/**
 * Writes a database with a row of every kind, as the schema of today has them, to `file`: once for each schema version,
 * when it is new; the file is then kept for good (test/store/frozen/version-N.db).
 */
export async function freeze(file: string): Promise<void> {
  let now = Date.UTC(2030, 0, 1);
  const draft = `${file}.draft`;
  const store = openStore(draft, { now: () => now++ });
  const owner = {
    ...currentIdentity(),
    pid: 4_194_399,
    bootId: "boot",
    hostname: "host",
    namespace: null,
    processStart: "1",
  };
  const { study, epoch } = await store.createStudy(newStudy({ splitCount: 3 }), owner);
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
    const key = await store.startTrial(study.id, epoch, { number, params: params[number % 2]! });
    await store.recordStart(key, { slot: number % 2, hostPid: 77, baselineBytes: 80e6 });
    await store.recordReport(key, { split: 0, step: 1, value: 0.5 });
    for (let split = 0; split < (end.state === "complete" ? 3 : 1); split++)
      await store.recordSplit(key, splitResult(split, number + split));
    const final = end.state === "fail" ? { ...UNKNOWN_MEMORY, source: "guard" as const } : FINAL;
    await store.finish(key, end, final, { durationMs: 30 });
  }
  const cut = await store.startTrial(study.id, epoch, { number: 6, params: params[0]! });
  await store.recordSplit(cut, splitResult(0, 1));
  await store.interrupt(cut, "ctrl-c", { durationMs: 10 });
  await store.enqueue(study.id, epoch, { learningRate: 0.05 });
  await store.answerCommand(study.id, epoch, await store.addCommand(study.id, "stop", {}), { ok: true });
  await store.release(study.id, epoch, "stopped", "ctrl-c");
  const two = newStudy({
    name: "front",
    directions: ["minimize", "maximize"],
    splitCount: 1,
    noise: true,
    backend: "wasm",
  });
  const second = await store.createStudy(two, owner);
  const key = await store.startTrial(second.study.id, second.epoch, { number: 0, params: params[1]! });
  await store.recordSplit(key, splitResult(0, 1, { values: [1, 2], constraints: [0.25] }));
  await store.finish(key, { state: "complete", values: [1, 2], constraints: [0.25] }, FINAL, {
    durationMs: 5,
  });
  await store.startTrial(second.study.id, second.epoch, { number: 1, params: params[0]! }); // its coordinator died here
  store.close();
  const db = openDatabase(draft);
  db.prepare("VACUUM INTO ?").run(file);
  db.close();
  rmSync(draft);
}
