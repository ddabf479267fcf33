import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SEED = 7;
// In memory where that can be had: what is measured is the scheduler.
const parent = process.argv.includes("simulated") && existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
export const folder = mkdtempSync(join(parent, "belay-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** What a part was asked for. */
export interface Request {
  /** null: as many as the part takes by default. */
  readonly trials: number | null;
  readonly budgetBytes: number;
}

/** A part of the benchmark: its figures, for programs and for people. */
export type Part = (request: Request) => Measured | Promise<Measured>;

interface Measured {
  readonly figures: unknown;
  readonly text: string;
}
