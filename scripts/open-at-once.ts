// Several processes open the same new database at the same moment, again and again; each must get a whole database.
//
//   npm run open-at-once
//   npm run open-at-once -- --rounds 500 --processes 5
//
// Each process creates a study of its own name, as `belay launch` does, and the database must have all of them. Runs on
// dist/, so `npm run build` comes first. The exit code is 1 if any process was refused.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileSpace } from "../src/core/space/space.ts";
import { currentIdentity } from "../src/machine/identity.ts";
import { openDatabase } from "../src/sqlite/database.ts";
import { openSqliteStore } from "../src/sqlite/store.ts";
import type { NewStudy } from "../src/store/records.ts";

/** How long before the common moment the processes are told of it. */
const NOTICE_MS = 8;

const STUDY: Omit<NewStudy, "name"> = {
  directions: ["minimize"],
  space: compileSpace({}),
  splitCount: 1,
  splitHash: "s",
  codeHash: "c",
  studyFile: "/study.ts",
  seed: 1,
  sampler: "random",
  pruner: "none",
  backend: null,
  noise: false,
  trials: 1,
  maxAttempts: 1,
  settings: {},
  limits: {
    setupTimeoutMs: 1,
    splitTimeoutMs: null,
    trialTimeoutMs: null,
    memoryBytes: null,
    reserveBytes: 0,
    graceMs: 1,
  },
};

/** What a child process does, and at what time. */
interface Request {
  readonly file: string;
  readonly name: string;
  readonly atMs: number;
}

if (process.send) {
  process.on("message", (request) => void openOne(request as Request));
  process.send("ready");
} else await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "40" }, processes: { type: "string", default: "5" } },
  });
  const rounds = Number(values.rounds);
  const names = Array.from({ length: Number(values.processes) }, (_, i) => `study-${i}`);
  const folder = mkdtempSync(join(tmpdir(), "belay-open-"));
  const children = names.map(() => fork(fileURLToPath(import.meta.url)));
  const refused: string[] = [];
  try {
    for (const child of children) await once(child, "message");
    for (let round = 0; round < rounds; round++) {
      const file = join(folder, `${round}.db`);
      const atMs = Date.now() + NOTICE_MS;
      const answers = children.map((child) => once(child, "message"));
      for (const [i, child] of children.entries())
        child.send({ file, name: names[i]!, atMs } satisfies Request);
      for (const [error] of await Promise.all(answers)) if (error) refused.push(`round ${round}: ${error}`);
      const missing = names.filter((name) => !studiesOf(file).includes(name));
      if (missing.length > 0) refused.push(`round ${round}: missing ${missing.join(", ")}`);
      for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    }
  } finally {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  for (const line of refused) console.log(line);
  console.log(
    `${rounds} new databases, each opened by ${names.length} processes at once: ${refused.length} refused`,
  );
  process.exitCode = refused.length > 0 ? 1 : 0;
}

/**
 * Runs in a child process: opens the file at the given time and sends the message of its error back, or an empty text.
 */
async function openOne({ file, name, atMs }: Request): Promise<void> {
  while (Date.now() < atMs); // A timer would fire too late.
  try {
    const store = openSqliteStore(file);
    await store.createStudy({ ...STUDY, name }, currentIdentity());
    await store.close();
    process.send!("");
  } catch (error) {
    process.send!(error instanceof Error ? error.message : String(error));
  }
}

function studiesOf(file: string): unknown[] {
  const db = openDatabase(file, { readonly: true });
  try {
    return db.prepare("SELECT name FROM studies").pluck().all();
  } finally {
    db.close();
  }
}
