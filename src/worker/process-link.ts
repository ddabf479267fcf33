import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { entryUrl } from "../core/entry-url.ts";
import { killMarked, offerToKernel } from "../machine/mark.ts";
import { coordinatorTag, TAG_VARIABLE } from "../machine/orphans.ts";
import { killGroup, startTicks } from "../machine/process.ts";
import { type MessagePipe, messagePipe } from "./door/pipe.ts";
import { outputCap } from "./host/output.ts";
import type { HostExit, HostLink, HostListeners } from "./link.ts";

const STDERR_TAIL_CHARACTERS = 8_000;
/** How long to wait for the streams of a dead process to close, which a grandchild may hold open. */
const CLOSE_MS = 500;
/** How long a process may live after the end of its pipe; one that lives longer has lost the pipe. */
const END_MS = 1_000;

let hostCount = 0;

/** Starts a host process. It leads its own process group, so that Ctrl-C in the terminal does not reach it. */
export function processLink(
  environment: Readonly<Record<string, string>>,
  listeners: HostListeners,
): HostLink {
  const tag = `${coordinatorTag()}${hostCount++};`;
  const child = spawn(process.execPath, [fileURLToPath(entryUrl(import.meta.url, "./host/main"))], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment, [TAG_VARIABLE]: tag },
  });
  const pid = child.pid ?? -1;
  const mark = { tag, since: startTicks(pid) ?? Number.POSITIVE_INFINITY };
  if (pid > 0) offerToKernel(mark, pid);
  let killed = false;
  const tail = readOutput(child, listeners.message);
  const pipe = openPipe(child, listeners);
  child.on("error", () => {}); // `exited` reports it
  const exited = new Promise<HostExit>((resolve) => {
    child.on("exit", (code, signal) => {
      if (pid > 0) killGroup(pid); // all that the trial has started,
      killMarked(mark); // also what has left the group
      const settle = (): void => resolve({ code, signal, stderr: tail() });
      const late = setTimeout(settle, CLOSE_MS);
      child.on("close", () => {
        clearTimeout(late);
        setImmediate(settle);
      });
    });
    if (child.pid === undefined)
      child.on("error", (error) => resolve({ code: null, signal: null, stderr: String(error) }));
  });
  return {
    pid,
    send: (message) => pipe?.send(message),
    get sent() {
      return pipe?.sent ?? 0;
    },
    get received() {
      return pipe?.received ?? 0;
    },
    exited,
    kill: () => {
      if (pid <= 0 || child.exitCode !== null || child.signalCode !== null) return;
      killed = true;
      // The host is last: should this process die in between, the host sees that and ends the others.
      killMarked(mark, pid);
      killGroup(pid);
    },
    get killed() {
      return killed;
    },
  };
}

/** Opens the pipe to a host; null if the process has no file descriptor left for one. */
function openPipe(child: ChildProcess, { message, invalid }: HostListeners): MessagePipe | null {
  const stream = child.stdio?.[3] as Duplex | null | undefined;
  if (!stream) return null;
  let late: NodeJS.Timeout | undefined;
  let hasExited = false;
  child.on("exit", () => {
    hasExited = true;
    clearTimeout(late);
  });
  return messagePipe(stream, {
    message,
    invalid,
    closed: () => {
      if (!hasExited)
        late = setTimeout(() => invalid({ kind: "invalid", got: "the end of its pipe" }), END_MS);
    },
  });
}

/** Reads the streams of the process itself, to which native code and V8 write. @returns the end of stderr. */
function readOutput(child: ChildProcess, message: HostListeners["message"]): () => string {
  let tail = "";
  const output = outputCap((text) => message({ kind: "output", text }));
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = (tail + chunk.toString("latin1")).slice(-STDERR_TAIL_CHARACTERS);
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) output.read(stream);
  }
  child.on("exit", () => output.flush());
  return () => tail;
}
