// Runs optuna-peer.py and talks to it: requests go out one at a time, answers come back in order.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * Starts Optuna behind a pipe.
 *
 * @param python - A Python that can import optuna.
 * @param script - optuna-peer.py, or another program with the same protocol.
 */
export function startPeer(python: string, script: string) {
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  const fail = (error: Error): void => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  child.on("error", fail);
  child.on("exit", (code) => fail(new Error(`${script} ended with exit code ${code}`)));
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(JSON.parse(line)));
  return {
    call: <T>(request: object): Promise<T> =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve: (answer) => resolve(answer as T), reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      }),
    close: () => child.stdin.end(),
  };
}
