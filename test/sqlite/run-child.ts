import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../support/store.ts";

/** A second process that runs a piece of code with the store's own source. */
export interface Child {
  readonly process: ChildProcess;
  /** The next line that the process prints, parsed as JSON. */
  next(): Promise<unknown>;
  /** Sends a line to the standard input of the process. */
  send(line: string): void;
}

/**
 * Starts a process with `code`, the body of a module. It can use `openSqliteStore`, `openForReading` and
 * `currentIdentity`; `say`, which prints a value as a line of JSON; and `readLine()`, which waits for a line of input.
 */
export function runChild(code: string): Child {
  const folder = temporaryFolder();
  const source = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
  const entry = `
    import { createInterface } from "node:readline";
    import { openSqliteStore } from ${source("../../src/sqlite/store.ts")};
    import { openForReading } from ${source("../../src/sqlite/open.ts")};
    import { currentIdentity } from ${source("../../src/machine/identity.ts")};
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const say = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
    const readLine = async () => (await lines.next()).value;
    ${code}`;
  const file = join(folder, "child.mjs");
  const built = buildSync({
    stdin: { contents: entry, resolveDir: folder, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["better-sqlite3"],
    write: false,
  });
  const sqlite = pathToFileURL(createRequire(import.meta.url).resolve("better-sqlite3")).href;
  writeFileSync(file, built.outputFiles[0]!.text.replaceAll('"better-sqlite3"', JSON.stringify(sqlite)));
  const child = spawn(process.execPath, [file], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    process: child,
    next: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error("the child ended without printing a line");
      return JSON.parse(value) as unknown;
    },
    send: (line) => void child.stdin!.write(`${line}\n`),
  };
}

/** Kills the process and waits until it is gone. */
export async function kill({ process: child }: Child): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
