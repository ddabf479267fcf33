import { existsSync, readlinkSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError } from "../../core/error.ts";
import { isAlive } from "../../machine/process.ts";
import { requireStudy } from "../../report/study.ts";
import { snapshotName } from "../../worker/host/snapshot.ts";
import { naturalNumber } from "../arguments.ts";
import { withReader } from "../database.ts";
import { print } from "../terminal/output.ts";

const WAIT_MS = 120_000;

/** A V8 heap snapshot of the worker that runs a trial, for the memory panel of Chrome's developer tools. */
export const snapshotCommand = {
  command: "snapshot <study> <number>",
  describe: "writes a heap snapshot of a running trial",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .positional("number", { type: "string", describe: "the running trial's number" })
      .example("$0 snapshot digits 7", "what trial 7 holds right now, for Chrome's developer tools"),
  handler: takeSnapshot,
} satisfies CommandModule;

async function takeSnapshot(argv: ArgumentsCamelCase): Promise<void> {
  const name = String(argv.study);
  const number = naturalNumber("number", argv.number);
  const pid = await withReader(String(argv.db), async (reader) => {
    const study = await requireStudy(reader, name);
    const trial = await reader.trial(study.id, number);
    const attempts = trial ? await reader.attempts(trial.id) : [];
    return attempts.find(({ state }) => state === "running")?.hostPid;
  });
  if (!pid || !isHost(pid))
    throw new BelayError(
      "usage",
      `number: expected a trial of ${name} that runs now in a process of its own, got ${number}`,
    );
  const file = join(folderOf(pid), snapshotName(name, number));
  rmSync(file, { force: true });
  try {
    process.kill(pid, "SIGUSR2");
  } catch (cause) {
    const why = `trial ${number} has just ended, or its process (${pid}) belongs to another user`;
    throw new BelayError("store", `snapshot: ${why}`, { cause });
  }
  for (const end = performance.now() + WAIT_MS; !existsSync(file); await sleep(50)) {
    if (!isHost(pid)) throw new BelayError("store", `snapshot: trial ${number} has ended meanwhile`);
    if (performance.now() > end)
      throw new BelayError(
        "store",
        `snapshot: expected ${file} within ${WAIT_MS / 1000} s; a worker in native code cannot be looked into`,
      );
  }
  const shown = relative(process.cwd(), file);
  print(argv.json ? JSON.stringify({ study: name, number, file }) : shown);
}

function isHost(pid: number): boolean {
  return pid !== process.pid && isAlive(pid);
}

/** The folder in which the host writes: its working directory; without `/proc` that of this process is assumed. */
function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return process.cwd();
  }
}
