import { Socket } from "node:net";
import { killMarked, markCoreDump } from "../../machine/mark.ts";
import { machineMeter } from "../../machine/meter.ts";
import { TAG_VARIABLE } from "../../machine/orphans.ts";
import { killGroup, startTicks } from "../../machine/process.ts";
import { messagePipe } from "../door/pipe.ts";
import type { ToHost } from "../protocol.ts";
import { serveHost } from "./serve.ts";

/** The entry of a host process: its main thread stays idle and keeps watch over the worker_thread inside it. */

/** The file of the pipe to the coordinator. */
const PIPE_FILE = 3;
const PARENT_POLL_MS = 1_000;
/** The coordinator notices a broken pipe first, and tells why the trial has ended; this is for one that cannot. */
const BROKEN_MS = 3_000;
const tag = process.env[TAG_VARIABLE] ?? "";
const mark = { tag, since: startTicks(process.pid) ?? Number.POSITIVE_INFINITY };
// By the mark: the parent of a host whose coordinator has died meanwhile is another process already.
const parent = Number.parseFloat(tag);

/** The coordinator is gone: nobody else will look for what the trial has started. */
function orphaned(): never {
  killMarked(mark);
  endAll();
}

function endAll(): never {
  // Never process.exit(): it joins the threads, and a thread in native code can take for ever.
  killGroup(process.pid);
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** The trial has closed or misused the pipe: without it nobody hears how it ends. */
function broken(why: string): void {
  process.stderr.write(`belay: the pipe to the coordinator is broken: ${why}\n`);
  setTimeout(endAll, BROKEN_MS);
}

markCoreDump();
// A Ctrl-C in the terminal is the coordinator's to handle; losing the coordinator ends everything here at once.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {});
const lookForParent = (): void => {
  if (process.ppid !== parent) orphaned();
};
setInterval(lookForParent, PARENT_POLL_MS);
// The coordinator may have died while this file's imports were loading; the end of the pipe tells that as well.
lookForParent();

let listener: (message: ToHost) => void = () => {};
const pipe = messagePipe(
  new Socket({ fd: PIPE_FILE, readable: true, writable: true }),
  {
    hear: (message) => listener(message as ToHost),
    foreign: ({ came }) => broken(`expected messages of the coordinator, got ${came}`),
    closed: (error) => {
      if (error === null || error.code === "EPIPE" || error.code === "ECONNRESET") orphaned();
      broken(error.message);
    },
  },
  { gathers: true },
);

serveHost({
  port: {
    send: pipe.send,
    listen: (next) => {
      listener = next;
    },
    get sent() {
      return pipe.sent;
    },
    get heard() {
      return pipe.heard;
    },
  },
  meter: machineMeter(mark),
  end: endAll,
  ownProcess: true,
});
