import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { currentIdentity, liveness } from "../../src/machine/identity.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { collect, FINAL, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";
import { kill, runChild } from "./run-child.ts";

const ADAM = { learningRate: 0.01, optimizer: "adam" };
const me = currentIdentity();

/** A second process that owns the study and has printed so. */
async function childOwner(file: string, studyId: number) {
  const child = runChild(`
    const store = openSqliteStore(${JSON.stringify(file)});
    const study = await store.claim(${studyId}, currentIdentity());
    const key = await study.startTrial({ number: 0, params: ${JSON.stringify(ADAM)} });
    await study.recordSplit(key, ${JSON.stringify(splitResult(0, 0.5))});
    say({ epoch: study.epoch, pid: process.pid });
    await readLine();
    await study.periodic.heartbeat().then(() => say("written"), (error) => say(error.code));`);
  return { child, ...((await child.next()) as { epoch: number; pid: number }) };
}

test("an existing name is refused with the command to type", async () => {
  const store = temporaryStore();
  await ownedStudy(store);
  await expect(ownedStudy(store)).rejects.toMatchObject({
    code: "usage",
    message: expect.stringMatching(/`belay launch \S+ --name digits-2 --db \S+`/),
  });
});

test("a claim is refused with the pid and time of a live owner; a dead owner is replaced at once and its trials are settled", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  await study.release("stopped");
  const owner = await childOwner(store.location, study.id);
  await expect(store.claim(study.id, me)).rejects.toMatchObject({
    code: "owner",
    message: expect.stringMatching(new RegExp(`pid ${owner.pid} since 20..-`)),
  });
  await expect(store.claim(study.id, me, { takeover: true })).rejects.toMatchObject({ code: "owner" });
  await kill(owner.child);

  const next = await store.claim(study.id, me);
  expect(next.epoch).toBe(owner.epoch + 1);
  expect(await next.settle()).toEqual({ waiting: [0], failed: [] });
  const [trial] = await study.reads.waiting();
  expect(trial).toMatchObject({
    number: 0,
    attempts: 1,
    params: ADAM,
    splits: [{ split: 0, values: [0.5] }],
  });
  const db = openDatabase(store.location, { readonly: true });
  expect(db.prepare("SELECT state, cause FROM attempts").all()).toEqual([
    { state: "interrupted", cause: "coordinator" },
  ]);
  db.close();
});

test("of two that claim at once, one wins", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  await study.release("stopped");
  const rivals = [0, 1].map(() =>
    runChild(`
      const store = openSqliteStore(${JSON.stringify(store.location)});
      say("ready");
      await readLine();
      await store.claim(${study.id}, currentIdentity()).then(({ epoch }) => say(epoch), (error) => say(error.code));
      await readLine();`),
  );
  await Promise.all(rivals.map((rival) => rival.next()));
  for (const rival of rivals) rival.send("go");
  const results = await Promise.all(rivals.map((rival) => rival.next()));
  expect(results.sort()).toEqual([study.epoch + 1, "owner"]);
});

test("a suspended owner is taken over only after a minute without heartbeat, and cannot write when it wakes", async () => {
  const store = temporaryStore({ now: () => Date.now() + 61_000 });
  const study = await ownedStudy(store);
  await study.release("stopped");
  const { child } = await childOwner(store.location, study.id);
  child.process.kill("SIGSTOP");
  await expect(store.claim(study.id, me)).rejects.toThrow("--takeover");
  const next = await store.claim(study.id, me, { takeover: true });
  await next.settle();
  child.process.kill("SIGCONT");
  child.send("go");
  expect(await child.next()).toBe("stale");
});

test("a reused pid and an earlier boot are dead; another machine is unknown", () => {
  expect(liveness(me)).toBe("alive");
  if (me.processStart === null) throw new Error("this test needs /proc");
  expect(liveness({ ...me, processStart: "1" })).toBe("dead");
  expect(liveness({ ...me, bootId: "another" })).toBe("dead");
  expect(liveness({ ...me, bootId: "another", hostname: "elsewhere" })).toBe("unknown");
  expect(liveness({ ...me, namespace: "pid:[1]" })).toBe("unknown");
  expect(liveness({ ...me, pid: 2 ** 30 })).toBe("dead");
});

test("a zombie is dead: its pid still exists, but it will never write", async () => {
  // The child ends when it gets a line; by then its parent has become a program that does not wait for children.
  const stdio = ["ignore", "pipe", "ignore", "pipe"] as const;
  const parent = spawn("sh", ["-c", "read line <&3 & echo $!; exec sleep 60"], { stdio: [...stdio] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [output] = (await once(parent.stdout!, "data")) as [Buffer];
  const pid = Number(output.toString());
  const becomes = (of: number, status: string) =>
    vi.waitFor(() => expect(readFileSync(`/proc/${of}/stat`, "utf8")).toContain(status), { timeout: 5_000 });
  await becomes(parent.pid!, "(sleep)");
  (parent.stdio[3] as Writable).end("end\n");
  await becomes(pid, ") Z ");
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect(liveness({ ...me, pid, processStart: null })).toBe("dead");
});

test("every write of a former owner is refused", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const key = await study.startTrial({ number: 0, params: ADAM });
  await study.release("stopped", "ctrl-c");
  const next = await store.claim(study.id, me);
  const writes = [
    () => study.periodic.heartbeat(),
    () => study.release("stopped"),
    () => study.update({ trials: 5 }),
    () => study.settle(),
    () => study.enqueue({}),
    () => study.startTrial({ number: 1, params: ADAM }),
    () => study.startAttempt(key.trialId),
    () => study.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: null }),
    () => study.recordSplit(key, splitResult(0, 1)),
    () => study.recordReport(key, { split: 0, step: 0, value: 0 }),
    () => study.finish(key, { state: "complete", values: [1], constraints: [] }, FINAL, { durationMs: 1 }),
    () => study.interrupt(key, "stop"),
    () => study.event("note", null, {}),
    () => study.answer(1, {}),
  ];
  for (const write of writes) await expect(write(), String(write)).rejects.toMatchObject({ code: "stale" });
  expect(await study.reads.counts()).toMatchObject({ waiting: 1, running: 0 });
  expect((await next.update({ trials: 5 })).trials).toBe(5);
});

test("only attempts that died without a new split are counted, not one with a split, a reboot or Ctrl-C", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store, { maxAttempts: 2 });
  let key = await study.startTrial({ number: 0, params: ADAM });
  const again = async () => {
    key = await study.startAttempt(key.trialId);
  };
  expect(await study.interrupt(key, "ctrl-c")).toBe("waiting");
  await again();
  expect(await study.interrupt(key, "reboot")).toBe("waiting");
  await again();
  expect(await study.interrupt(key, "host")).toBe("waiting");
  await again();
  await study.recordSplit(key, splitResult(0, 0.5));
  expect(await study.interrupt(key, "coordinator")).toBe("waiting");
  await again();
  expect(await study.interrupt(key, "coordinator")).toBe("fail");

  const [trial] = await collect(study.reads.history());
  expect(trial).toMatchObject({ number: 0, state: "fail", reason: "interrupted" });
  const db = openDatabase(store.location, { readonly: true });
  expect(db.prepare("SELECT attempt, source, final_bytes FROM memory_final").all()).toEqual([
    { attempt: 5, source: "guard", final_bytes: 100e6 },
  ]);
  db.close();
});

test("after a reboot the trials of the lost run wait, and no attempt is counted", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store, { maxAttempts: 1 });
  await study.startTrial({ number: 0, params: ADAM });
  const db = openDatabase(store.location);
  db.exec("UPDATE owners SET boot_id = 'before'");
  db.close();
  const next = await store.claim(study.id, me);
  expect(await next.settle()).toEqual({ waiting: [0], failed: [] });
});

test("release leaves no trial running, and records how the run ended", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  await study.startTrial({ number: 0, params: ADAM });
  await study.release("stopped", "ctrl-c");
  expect(await study.reads.counts()).toMatchObject({ running: 0, waiting: 1 });
  expect(await store.find("digits")).toMatchObject({ state: "stopped", endedAtMs: expect.any(Number) });
  await store.claim(study.id, me);
  expect(await store.find("digits")).toMatchObject({ state: "running", endedAtMs: null });
});
