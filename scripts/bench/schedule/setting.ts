import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SEED = 7;
// In memory where that can be had: what is measured is the scheduler.
const parent = process.argv[2] === "simulated" && existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
export const folder = mkdtempSync(join(parent, "belay-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
