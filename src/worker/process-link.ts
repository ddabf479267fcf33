import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { killMarked, offerToKernel } from "../machine/mark.ts";
import { coordinatorTag, TAG_VARIABLE } from "../machine/orphans.ts";
import { killGroup, startTicks } from "../machine/process.ts";
import { type MessagePipe, messagePipe } from "./door/pipe.ts";
import { entryUrl } from "./entry-url.ts";
import { outputCap } from "./host/output.ts";
import type { HostEars, HostExit, HostLink } from "./link.ts";

const STDERR_TAIL_CHARACTERS = 8_000;
/** How long the streams of a dead process may stay open (a grandchild may hold them). */
const CLOSE_MS = 500;
/** A process whose pipe has ended is at its end itself; one that lives on has lost its pipe. */
const END_MS = 1_000;

let hostCount = 0;

/** A host in a process of its own, leader of its own group: a Ctrl-C in the terminal does not reach it. */
export function processLink(environment: Readonly<Record<string, string>>, ears: HostEars): HostLink {
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
  const tail = readOutput(child, ears.hear);
  const pipe = openPipe(child, ears);
  child.on("error", () => {}); // `gone` tells
  const gone = new Promise<HostExit>((resolve) => {
    child.on("exit", (code, signal) => {
      if (pid > 0) killGroup(pid); // whatever the trial has started goes with it,
      killMarked(mark); // and what has left the group
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
    get heard() {
      return pipe?.heard ?? 0;
    },
    gone,
    kill: () => {
      if (pid <= 0 || child.exitCode !== null || child.signalCode !== null) return;
      killed = true;
      killGroup(pid);
    },
    get killed() {
      return killed;
    },
  };
}

/** The pipe to a host; null when there was no file left to open one. */
function openPipe(child: ChildProcess, { hear, foreign }: HostEars): MessagePipe | null {
  const stream = child.stdio?.[3] as Duplex | null | undefined;
  if (!stream) return null;
  let late: NodeJS.Timeout | undefined;
  let hasExited = false;
  child.on("exit", () => {
    hasExited = true;
    clearTimeout(late);
  });
  return messagePipe(stream, {
    hear,
    foreign,
    closed: () => {
      if (!hasExited)
        late = setTimeout(() => foreign({ kind: "foreign", came: "the end of its pipe" }), END_MS);
    },
  });
}

/** Native code and V8 write past the worker's streams, straight to the process's. */
function readOutput(child: ChildProcess, hear: HostEars["hear"]): () => string {
  let tail = "";
  const output = outputCap((text) => hear({ kind: "output", text }));
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = (tail + chunk.toString("latin1")).slice(-STDERR_TAIL_CHARACTERS);
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) output.read(stream);
  }
  child.on("exit", () => output.flush());
  return () => tail;
}
