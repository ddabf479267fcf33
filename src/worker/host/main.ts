import { Socket } from "node:net";
import { killMarked, markCoreDump } from "../../machine/mark.ts";
import { machineMeter } from "../../machine/meter.ts";
import { TAG_VARIABLE } from "../../machine/orphans.ts";
import { killGroup, startTicks } from "../../machine/process.ts";
import { messagePipe } from "../door/pipe.ts";
import type { ToHost } from "../protocol.ts";
import { type ServedHost, serveHost } from "./serve.ts";

/** The entry of a host process. Its main thread stays idle, so that it can always watch the worker_thread inside it. */

/** The file descriptor of the pipe to the coordinator. */
const PIPE_FILE = 3;
const PARENT_POLL_MS = 1_000;
/**
 * How long to live on with a broken pipe. The coordinator normally notices it first, and ends the trial with a reason.
 */
const BROKEN_MS = 3_000;
/** How long to wait for the end of the thread, which native code can delay forever. */
const STOP_MS = 500;
const tag = process.env[TAG_VARIABLE] ?? "";
const mark = { tag, since: startTicks(process.pid) ?? Number.POSITIVE_INFINITY };
// The coordinator's pid comes from the tag, since `process.ppid` is another process if the coordinator has died
// already.
const parent = Number.parseFloat(tag);

let host: ServedHost | null = null;
let isOrphan = false;

/**
 * Ends the host when its coordinator is dead. The thread ends first: while it runs, it can start a process behind the
 * search for those that it has started.
 */
async function orphaned(): Promise<void> {
  if (isOrphan) return;
  isOrphan = true;
  await Promise.race([host?.stop(), new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
  endAll();
}

/** Kills all that the trial has started, also outside of the process group, and the group, this process included. */
function endAll(): never {
  // The coordinator does that too when the host has ended, but it may die before.
  killMarked(mark);
  // Not by process.exit(), which waits for the threads: one in native code may never end.
  killGroup(process.pid);
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Ends the host when the trial has closed or misused the pipe, since it cannot send an outcome any more. */
function broken(why: string): void {
  process.stderr.write(`belay: the pipe to the coordinator is broken: ${why}\n`);
  setTimeout(endAll, BROKEN_MS);
}

markCoreDump();
// The coordinator handles these signals, and ends its hosts. A host whose coordinator dies ends itself at once.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {});
const lookForParent = (): void => {
  if (process.ppid !== parent) void orphaned();
};
setInterval(lookForParent, PARENT_POLL_MS);
// The coordinator may have died while the imports of this file were loading. The end of the pipe shows that as well.
lookForParent();

let listener: (message: ToHost) => void = () => {};
const pipe = messagePipe(
  new Socket({ fd: PIPE_FILE, readable: true, writable: true }),
  {
    message: (message) => listener(message as ToHost),
    invalid: ({ got }) => broken(`expected messages of the coordinator, got ${got}`),
    closed: (error) => {
      if (error === null || error.code === "EPIPE" || error.code === "ECONNRESET") void orphaned();
      else broken(error.message);
    },
  },
  { batches: true },
);

host = serveHost({
  port: {
    send: pipe.send,
    listen: (next) => {
      listener = next;
    },
    get sent() {
      return pipe.sent;
    },
    get received() {
      return pipe.received;
    },
  },
  meter: machineMeter(mark),
  end: () => {
    if (!isOrphan) endAll();
  },
  ownProcess: true,
});
