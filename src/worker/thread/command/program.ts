import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { after } from "../../../core/timer.ts";
import { openDescendants } from "../../../machine/proc.ts";
import { killProcess, startTicks } from "../../../machine/process.ts";
import { type NoMessage, type ProgramMessage, readMessage, type ToProgram } from "./message.ts";
import { type ProgramOutput, readOutput } from "./output.ts";

/** The file descriptors of the protocol in a program. */
export const READ_FD = 3;
export const WRITE_FD = 4;
/** The longest line of the protocol, in characters. */
const LONGEST_LINE = 1_000_000;
/** The stream of messages is read no further while this many wait. */
const MOST_WAITING = 100;
/** How long to wait for the end of a dead program's streams, which a process that it has started may hold open. */
const CLOSE_MS = 300;

/** How a program has ended. */
export interface ProgramExit {
  readonly kind: "exit";
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started; null if it was. */
  readonly startError: NodeJS.ErrnoException | null;
}

/** What comes from a program. */
export type ProgramEvent = ProgramMessage | NoMessage | ProgramExit;

/** A program that runs for a trial. */
export interface Program {
  /** null: it could not be started. */
  readonly pid: number | null;
  /** The next thing that comes from it; at last its exit, again and again. */
  next(): Promise<ProgramEvent>;
  send(message: ToProgram): void;
  readonly exited: Promise<ProgramExit>;
  readonly hasExited: boolean;
  readonly output: ProgramOutput;
  /** Sends SIGTERM, and SIGKILL to it and all its descendants when it still runs after this time. */
  end(killAfterMs: number): Promise<void>;
  /** Sends SIGKILL to it and all its descendants. */
  kill(): void;
  /** Waits for its exit, at most so long. @returns whether it has exited. */
  exitsWithin(limitMs: number): Promise<boolean>;
}

/** What a program is started with. */
export interface ProgramOptions {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether it gets the descriptors of the protocol. */
  readonly speaks: boolean;
  /** Called with what it prints. */
  readonly pass: (text: string) => void;
  readonly pattern: RegExp | null;
}

/**
 * Starts a program in the process group of the host, so that the end of that group is its end, too. It inherits no open
 * file of the host, so it cannot write to the pipe of the coordinator.
 */
export function startProgram({ argv, cwd, env, speaks, pass, pattern }: ProgramOptions): Program {
  const [file, ...args] = argv;
  const pipes = speaks ? (["pipe", "pipe"] as const) : [];
  const child: ChildProcess = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe", ...pipes] });
  const [, stdout, stderr, input, messages] = child.stdio as unknown as (Duplex | undefined)[];
  const output = readOutput([stdout, stderr], pass, pattern);
  const queue = eventQueue(messages ?? null);
  /** Descendants that were seen alive: they are ended with it even when it dies first. */
  const tree = new Map<number, number | null>(); // pid -> start time, because a pid may be given to another process
  const look = (): void => {
    if (child.pid === undefined || hasExited()) return;
    for (const pid of descendantsOf(child.pid)) tree.set(pid, startTicks(pid));
  };
  const read = Promise.all([stdout, stderr, messages].map(endOf));
  let exit: ProgramExit | null = null;
  const hasExited = (): boolean => exit !== null || child.exitCode !== null || child.signalCode !== null;
  input?.on("error", () => {}); // a program may have closed its descriptors
  const exited = new Promise<ProgramExit>((resolve) => {
    const settle = (ended: Omit<ProgramExit, "kind">): void => {
      if (exit) return;
      exit = { kind: "exit", ...ended };
      for (const stream of [stdout, stderr, input, messages]) stream?.destroy();
      queue.end(exit);
      resolve(exit);
    };
    child.on("error", (startError) => settle({ code: null, signal: null, startError }));
    child.on("exit", (code, signal) => {
      queue.readOn();
      const late = setTimeout(() => settle({ code, signal, startError: null }), CLOSE_MS);
      void read.then(() => {
        clearTimeout(late);
        settle({ code, signal, startError: null });
      });
    });
  });
  const kill = (): void => {
    look();
    if (child.pid !== undefined && !hasExited()) killProcess(child.pid);
    for (const [pid, start] of tree) if (start !== null && startTicks(pid) === start) killProcess(pid);
    tree.clear();
  };
  const exitsWithin = async (limitMs: number): Promise<boolean> => {
    look();
    if (exit) return true;
    let cancel = (): void => {};
    const late = new Promise<false>((resolve) => {
      cancel = after(limitMs, () => resolve(false));
    });
    const inTime = await Promise.race([exited.then(() => true as const), late]);
    cancel();
    return inTime;
  };
  return {
    pid: child.pid ?? null,
    next: queue.next,
    send(message) {
      if (input?.writable) input.write(`${JSON.stringify(message)}\n`);
    },
    exited,
    get hasExited() {
      return exit !== null;
    },
    output,
    async end(killAfterMs) {
      look();
      if (!hasExited()) child.kill("SIGTERM");
      await exitsWithin(killAfterMs);
      kill();
      await exited;
    },
    kill,
    exitsWithin,
  };
}

/** Resolves when all of a stream is read. */
function endOf(stream: Readable | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!stream) return resolve();
    stream.on("end", resolve);
    stream.on("close", resolve);
  });
}

function descendantsOf(pid: number): number[] {
  const opened = openDescendants(pid);
  const found = opened.read();
  opened.close();
  return found;
}

/** Reads the lines of a program in order. It reads no further while many wait, so that a flood waits in the program. */
function eventQueue(stream: Readable | null) {
  const events: ProgramEvent[] = [];
  const decoder = new StringDecoder("utf8");
  let waiting: ((event: ProgramEvent) => void) | null = null;
  let last: ProgramExit | null = null;
  let rest = "";
  let isInvalid = false;
  let isEnding = false;

  const push = (event: ProgramEvent): void => {
    if (isInvalid && event.kind !== "exit") return;
    isInvalid ||= event.kind === "invalid";
    if (waiting) {
      waiting(event);
      waiting = null;
    } else events.push(event);
    if (events.length > MOST_WAITING && !isEnding) stream?.pause();
  };
  stream?.on("error", () => {});
  stream?.on("data", (chunk: Buffer) => {
    if (isInvalid) return;
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.trim() !== "") push(readMessage(line));
    if (rest.length > LONGEST_LINE)
      push({ kind: "invalid", got: `a line of more than ${LONGEST_LINE} characters` });
  });
  return {
    async next(): Promise<ProgramEvent> {
      const event = events.shift();
      if (events.length === 0) stream?.resume();
      if (event) return event;
      if (last) return last;
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    /** Reads all that is left of a program that has ended, which is no more than a pipe holds. */
    readOn(): void {
      isEnding = true;
      stream?.resume();
    },
    end(exit: ProgramExit): void {
      last = exit;
      if (waiting) waiting(exit);
      waiting = null;
    },
  };
}
