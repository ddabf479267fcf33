import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SEED = 7;
// The simulated part uses a file system in memory where there is one, since it measures the scheduler, not the disk.
const parent = process.argv.includes("simulated") && existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
export const folder = mkdtempSync(join(parent, "belay-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** What the command line asks of a part. */
export interface Request {
  /** Number of trials; null means the part's own default. */
  readonly trials: number | null;
  readonly budgetBytes: number;
}

/** A part of the benchmark; it returns its figures for programs and for people. */
export type Part = (request: Request) => Measured | Promise<Measured>;

interface Measured {
  readonly figures: unknown;
  readonly text: string;
}
