// Functions by which the scripts run Belay and other programs.
import { type ChildProcess, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

/** File of the built command line. */
export const BELAY = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

/** Options with which Node runs a script in TypeScript: `node ...TYPESCRIPT script.ts`. */
export const TYPESCRIPT = ["--import", new URL("./typescript/register.mjs", import.meta.url).href];

/**
 * Runs a command of Belay with --json and returns what it prints. If the command fails, this program ends with the same
 * exit code.
 */
export function askBelay<T>(args: readonly string[]): T {
  const { status, stdout } = spawnSync(process.execPath, [BELAY, ...args, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) process.exit(status ?? 1);
  return JSON.parse(stdout) as T;
}

/**
 * Waits for a program that shares this terminal. The terminal sends Ctrl-C to it directly, so this process ignores
 * SIGINT; a SIGTERM is passed on.
 *
 * @returns the exit code
 */
export function waitFor(child: ChildProcess): Promise<number> {
  const letPass = (): void => {};
  const handOn = () => child.kill("SIGTERM");
  process.on("SIGINT", letPass).on("SIGTERM", handOn);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      process.off("SIGINT", letPass).off("SIGTERM", handOn);
      resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]);
    });
  });
}
