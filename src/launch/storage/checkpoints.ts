import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** Removes what no attempt will ask for again. Checkpoints are a help: what cannot be removed stays. */
export function checkpointCleaner(folder: string, keep: boolean) {
  const remove = (name: string): void => {
    if (keep) return;
    try {
      rmSync(join(folder, name), { recursive: true, force: true });
    } catch {}
  };
  return {
    /** A trial has ended. */
    ended: (number: number): void => {
      if (existsSync(folder)) remove(String(number));
    },
    /** At the start of a run: all but those of the trials that wait. */
    sweep(waiting: readonly number[]): void {
      if (!existsSync(folder)) return;
      const wanted = new Set(waiting.map(String));
      for (const name of readdirSync(folder)) if (!wanted.has(name)) remove(name);
    },
    /** At the end of a run: folders that are empty. */
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
