import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { QueriedTrial } from "./query.ts";

/** Runs the command line in tests, as users do. */

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Settings that do not depend on the machine, nor on how many trials of a study were lost. */
const PLAIN = {
  BELAY_WORKERS: "1",
  BELAY_ADMISSION: "off",
  BELAY_BREAKER: "off",
  BELAY_PRUNER: "none",
};

/** A finished command: its output, and how it ended. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The output so far. */
  output(): { stdout: string; stderr: string };
  readonly finished: Promise<Finished>;
}

/** A new empty folder that is removed when the test ends. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "belay-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes files into a folder. */
export function write(path: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
}

/**
 * Starts `belay` in a folder, with one worker unless the test chooses otherwise, because `auto` depends on the machine.
 * A command that still runs is killed when the test ends.
 */
export function start(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  return startProgram(cwd, [process.execPath, MAIN, ...args], env);
}

/** Starts another program in the same way, such as a shell with a command. */
export function startProgram(
  cwd: string,
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...PLAIN, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return { child, pid: child.pid!, output: () => ({ stdout, stderr }), finished };
}

/** Runs `belay` to its end. */
export function belay(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return start(cwd, args, env).finished;
}

/** The trials of a study as `query --json` prints them. */
export async function trials(cwd: string, study: string): Promise<QueriedTrial[]> {
  const { code, stdout, stderr } = await belay(cwd, ["query", study, "--json"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as QueriedTrial[];
}

/** Rows of a read-only SQL statement. */
export async function rows<Row>(cwd: string, sql: string): Promise<Row[]> {
  const { code, stdout, stderr } = await belay(cwd, ["sql", sql, "--json"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Row[];
}

/**
 * Waits until `condition` returns a truthy value, checking every 20 ms. @returns that value.
 *
 * @param timeoutMs - When to say in vain for what; two minutes, because busy cores may take ten times as long as idle ones.
 */
export async function until<T>(
  what: string,
  condition: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeoutMs = 120_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Living processes that were started in the test's folder and have `text` in their command line or title; zombies do
 * not count. The folder keeps out processes of other tests that run at the same time.
 */
export function processesIn(cwd: string, text = ""): number[] {
  return processesWith(text).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(realpathSync(cwd));
    } catch {
      return false;
    }
  });
}

/** Living processes with `text` in their command line or title; zombies do not count. */
function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.[0];
        return state !== "Z" && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(text);
      } catch {
        return false;
      }
    });
}
