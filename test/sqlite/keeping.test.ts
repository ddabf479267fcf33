import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { currentIdentity, type Identity } from "../../src/machine/identity.ts";
import { backupDatabase } from "../../src/sqlite/backup.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { fileSystemName, networkFileSystem } from "../../src/sqlite/file-system.ts";
import { repairDatabase } from "../../src/sqlite/repair.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import {
  FINAL,
  newStudy,
  ownedStudy,
  recorded,
  splitResult,
  temporaryFolder,
  temporaryStore,
} from "../support/store.ts";
import { runChild } from "./run-child.ts";

const PARAMS = { learningRate: 0.01, optimizer: "adam" };
const DEAD: Identity = { ...currentIdentity(), pid: 2 ** 22 + 7 };

/** Writes a whole trial of three splits. */
async function playTrial(study: OwnedStudy, number: number): Promise<void> {
  const key = await study.startTrial({ number, params: PARAMS });
  for (const split of [0, 1, 2]) await study.recordSplit(key, splitResult(split, number + split));
  await study.finish(key, { state: "complete", values: [number], constraints: [] }, FINAL, {
    durationMs: 30,
  });
}

test("20 readers in a loop do not block the writer and never see half a trial, and the log stays short", async () => {
  const store = temporaryStore({ durability: "normal" });
  const study = await ownedStudy(store);
  const readers = runChild(`
    const dbs = Array.from({ length: 20 }, () => openForReading(${JSON.stringify(store.location)}));
    const half = dbs.map((db) => db.prepare(
      "SELECT (SELECT count(*) FROM trials WHERE state = 'complete') - (SELECT count(*) FROM memory_log WHERE phase = 'final')").pluck());
    let looks = 0, torn = 0, ended = false;
    readLine().then(() => { ended = true; });
    dbs[0].exec("BEGIN"); half[0].get();
    say("open");
    // Each reader begins before the last one ends, so that there is a reader at every moment.
    for (let i = 0; !ended; i = (i + 1) % 20) {
      const next = (i + 1) % 20;
      dbs[next].exec("BEGIN");
      if (half[next].get() !== 0) torn++;
      looks++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (half[i].get() !== 0) torn++;
      dbs[i].exec("COMMIT");
    }
    say({ looks, torn });`);
  await readers.next();
  let longestMs = 0;
  let longestLog = 0;
  // The texts are long, so that the log reaches its limit after some hundred writes.
  for (let number = 0; number < 150; number++) {
    const began = performance.now();
    await playTrial(study, number);
    await study.event("padding", null, { text: "x".repeat(500_000) });
    longestMs = Math.max(longestMs, performance.now() - began);
    if (number % 10 === 0) await study.periodic.heartbeat();
    longestLog = Math.max(longestLog, statSync(`${store.location}-wal`).size);
  }
  readers.send("end");
  const { looks, torn } = (await readers.next()) as { looks: number; torn: number };
  expect(looks).toBeGreaterThan(20);
  expect(torn).toBe(0);
  expect(longestMs).toBeLessThan(2_000);
  // 75 MB were written in all.
  expect(longestLog).toBeLessThan(45e6);
});

test("a backup while trials run is complete and shows one state", async () => {
  const store = temporaryStore({ durability: "normal" });
  const study = await ownedStudy(store);
  for (let number = 0; number < 30; number++) await playTrial(study, number);
  const copy = join(temporaryFolder(), "copy.db");
  const [bytes] = await Promise.all([
    backupDatabase(store.location, copy),
    (async () => {
      for (let number = 30; number < 90; number++) await playTrial(study, number);
    })(),
  ]);
  expect(bytes).toBe(statSync(copy).size);
  expect(readdirSync(join(copy, ".."))).toEqual(["copy.db"]);
  const db = openDatabase(copy, { readonly: true });
  const done = db.prepare("SELECT count(*) FROM trials WHERE state = 'complete'").pluck().get();
  expect(done).toBeGreaterThanOrEqual(30);
  expect(db.prepare("SELECT count(*) FROM memory_log WHERE phase = 'final'").pluck().get()).toBe(done);
  db.close();
  await expect(backupDatabase(store.location, copy)).rejects.toThrow(
    /expected a new file, got .* which exists/,
  );
});

test("a deleted or replaced file is noticed, and its contents are saved beside it", async () => {
  for (const harm of [
    (file: string) => rmSync(file),
    (file: string) => {
      renameSync(file, `${file}.away`);
      openDatabase(file).exec("CREATE TABLE other (x)").close();
    },
  ]) {
    const store = temporaryStore({ durability: "normal" });
    const study = await ownedStudy(store);
    await playTrial(study, 0);
    await study.periodic.heartbeat();
    harm(store.location);
    const error = await study.periodic.heartbeat().catch((caught: Error) => caught);
    expect(String(error)).toMatch(
      /: (the file was deleted|another file has taken the place).*; all that was recorded is saved in/,
    );
    const saved = /saved in (\S+):/.exec(String(error))![1]!;
    expect((await recorded(saved, study.id)).counts).toMatchObject({ complete: 1 });
  }
});

test("an owner whose heartbeat is in the future, because the clock was set back, can be taken over", async () => {
  let now = Date.UTC(2030, 0, 1);
  const store = temporaryStore({ now: () => now });
  const study = await ownedStudy(store);
  now -= 3_600_000;
  await expect(store.claim(study.id, currentIdentity())).rejects.toThrow(/is run by pid/);
  expect(await store.claim(study.id, currentIdentity(), { takeover: true })).toMatchObject({ epoch: 2 });
});

test("network file systems are distinguished from local ones", () => {
  expect(fileSystemName(0x6969)).toBe("NFS");
  expect(fileSystemName(0xff534d42)).toBe("CIFS");
  expect(fileSystemName(0xff534d42 | 0)).toBe("CIFS");
  expect(fileSystemName(0xef53)).toBeNull(); // This is ext4.
  expect(networkFileSystem(join("/no/such/folder", "belay.db"))).toBeNull();
});

/** Makes a database with 400 trials and a dead owner. @returns its file. */
async function deadStudy(): Promise<string> {
  const file = join(temporaryFolder(), "belay.db");
  const store = openSqliteStore(file, { durability: "normal" });
  const study = await store.createStudy(newStudy(), DEAD);
  for (let number = 0; number < 400; number++) await playTrial(study, number);
  const key = await study.startTrial({ number: 400, params: PARAMS });
  await study.recordSplit(key, splitResult(0, 1));
  store.close();
  return file;
}

/** Overwrites whole leaf pages of a table, as a failing disk might. */
function damage(file: string, table: string, count: number): void {
  const db = openDatabase(file);
  const pageSize = db.pragma("page_size", { simple: true }) as number;
  const pages = db
    .prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno")
    .pluck()
    .all(table) as number[];
  db.close();
  const handle = openSync(file, "r+");
  for (const page of pages.slice(3, 3 + count))
    writeSync(handle, Buffer.alloc(pageSize, 0xa5), 0, pageSize, (page - 1) * pageSize);
  closeSync(handle);
}

test("a damaged database whose coordinator died is refused with advice, and repair saves the rest", async () => {
  const file = await deadStudy();
  damage(file, "trials", 2);
  damage(file, "splits", 2);
  const store = openSqliteStore(file);
  const study = (await store.find("digits"))!;
  await expect(store.claim(study.id, currentIdentity())).rejects.toThrow(
    /the database is damaged.*belay repair/,
  );
  store.close();

  const done = await repairDatabase(file, currentIdentity());
  expect(done.damage.length).toBeGreaterThan(0);
  expect(existsSync(done.kept!)).toBe(true);
  expect(done.settled).toEqual(["digits"]);
  const trials = done.tables.find(({ table }) => table === "trials")!;
  expect(trials.saved).toBeGreaterThan(310);
  expect(trials.saved + trials.lost).toBeGreaterThanOrEqual(400);

  const repaired = openSqliteStore(file);
  const told: number[] = [];
  const owned = await repaired.claim(study.id, currentIdentity());
  for await (const trial of owned.reads.history()) told.push(trial.number);
  expect(told.length).toBeGreaterThan(310);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect((await owned.reads.waiting()).map(({ number }) => number)).toContain(400);
  await playTrial(owned, await owned.reads.nextNumber());
  repaired.close();
  const db = openDatabase(file, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  db.close();
});

test("repair of an intact file only settles dead runs and does not touch a live one", async () => {
  const file = await deadStudy();
  const done = await repairDatabase(file, currentIdentity());
  expect(done).toEqual({
    ...{ damage: [], tables: [], damagedStudies: [], doubts: [] },
    ...{ kept: null, settled: ["digits"] },
  });
  const store = temporaryStore();
  await ownedStudy(store);
  await expect(repairDatabase(store.location, currentIdentity())).rejects.toThrow(
    /a repair has to wait: study/,
  );
});
