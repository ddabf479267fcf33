// What the scripts need to run Belay and each other.
import { type ChildProcess, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

/** The command line, as built. */
export const BELAY = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

/** What Node needs to run a script in TypeScript: `node ...TYPESCRIPT script.ts`. */
export const TYPESCRIPT = ["--import", new URL("./typescript/register.mjs", import.meta.url).href];

/**
 * What a command of Belay prints with --json. Ends this program as the command did, if it fails.
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
 * Waits for a program that was started on this terminal. Ctrl-C reaches it from there, so here it is let pass; a
 * SIGTERM is handed on.
 *
 * @returns its exit code
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
