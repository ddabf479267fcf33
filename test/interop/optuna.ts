import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Optuna itself as a reader of what Belay writes, where a Python that has it is named. */

/** A Python with Optuna 5: its path is in BELAY_OPTUNA_PYTHON; without it the checks by Optuna are left out, and say so. */
export const PYTHON = process.env.BELAY_OPTUNA_PYTHON;

if (!PYTHON) console.warn("Optuna does not check exports: BELAY_OPTUNA_PYTHON names no Python that has it");

const SCRIPT = fileURLToPath(new URL("../../scripts/interop/optuna_check.py", import.meta.url));

/** Runs `scripts/interop/optuna_check.py`, which throws if anything differs. @returns what it prints. */
export function checkedByOptuna(...args: string[]): Record<string, unknown> {
  const env = { ...process.env, TZ: "UTC" };
  return JSON.parse(execFileSync(PYTHON!, [SCRIPT, ...args], { encoding: "utf8", env }));
}
