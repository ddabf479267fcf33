import { createWriteStream, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { Host } from "./host.ts";

/** The file name of a snapshot. The file is written to the working folder of the run. */
export function snapshotName(study: string, number: number): string {
  return `${study}-${number}.heapsnapshot`;
}

/**
 * Writes a heap snapshot of the thread on SIGUSR2, which works also while the trial is in a loop, and without the
 * coordinator.
 */
export function offerSnapshots(host: Host): void {
  let busy = false;
  process.on("SIGUSR2", () => {
    const { trial } = host;
    if (busy || !trial) return;
    busy = true;
    void write(host, resolve(snapshotName(host.boot.studyName, trial.task.number))).finally(() => {
      busy = false;
    });
  });
}

async function write({ trainer, parts }: Host, file: string): Promise<void> {
  const draft = `${file}.part`;
  try {
    const snapshot = await trainer.heapSnapshot();
    if (!snapshot)
      return parts.port.send({ kind: "output", text: "no heap snapshot: what trains has no heap of V8" });
    await save(snapshot, draft);
    renameSync(draft, file); // the file appears only when it is complete
  } catch (error) {
    rmSync(draft, { force: true });
    parts.port.send({ kind: "output", text: `no heap snapshot: ${String(error)}` });
  }
}

/** `pipeline` would wait for the snapshot's `close` event, which Node 20.19.0 never emits. */
async function save(snapshot: Readable, file: string): Promise<void> {
  const output = createWriteStream(file);
  snapshot.once("error", (error) => output.destroy(error)).pipe(output);
  await finished(output);
}
