import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** Removes checkpoints that no attempt will load again. A failure to remove one is ignored: it only takes space. */
export function checkpointCleaner(folder: string, keep: boolean) {
  const remove = (name: string): void => {
    if (keep) return;
    try {
      rmSync(join(folder, name), { recursive: true, force: true });
    } catch {}
  };
  return {
    /** Removes the checkpoints of a trial that has ended. */
    ended: (number: number): void => {
      if (existsSync(folder)) remove(String(number));
    },
    /** Removes all checkpoints except those of waiting trials; called at the start of a run. */
    sweep(waiting: readonly number[]): void {
      if (!existsSync(folder)) return;
      const wanted = new Set(waiting.map(String));
      for (const name of readdirSync(folder)) if (!wanted.has(name)) remove(name);
    },
    /** Removes the folders if they are empty; called at the end of a run. */
    close(): void {
      for (const path of [folder, dirname(folder)]) {
        try {
          rmdirSync(path);
        } catch {
          return; // It is not there, or not empty.
        }
      }
    },
  };
}
