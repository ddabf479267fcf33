import { killMarked, markCoreDump } from "../../guard/mark.ts";
import { machineMeter } from "../../guard/meter.ts";
import { startTicks } from "../../guard/proc.ts";
import { TAG_VARIABLE } from "../../guard/tag.ts";
import type { FromHost, ToHost } from "../protocol.ts";
import { serveHost } from "./serve.ts";

/** The entry of a host process: its main thread stays idle and keeps watch over the worker_thread inside it. */

const PARENT_POLL_MS = 1_000;
const tag = process.env[TAG_VARIABLE] ?? "";
const mark = { tag, since: startTicks(process.pid) ?? Number.POSITIVE_INFINITY };
// By the mark: the parent of a host whose coordinator has died meanwhile is another process already.
const parent = Number.parseFloat(tag);

/** The coordinator is gone: nobody else will look for what the trial has started. */
function orphaned(): never {
  killMarked(mark);
  killGroup();
}

function killGroup(): never {
  // Never process.exit(): it joins the threads, and a thread in native code can take for ever.
  process.kill(process.platform === "win32" ? process.pid : -process.pid, "SIGKILL");
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

markCoreDump();
// A Ctrl-C in the terminal is the coordinator's to handle; losing the coordinator ends everything here at once.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", orphaned);
const lookForParent = (): void => {
  if (!process.connected || process.ppid !== parent) orphaned();
};
setInterval(lookForParent, PARENT_POLL_MS);
// The coordinator may have died while this file's imports were loading, when nobody listened yet.
lookForParent();

let listener: (message: ToHost) => void = () => {};
process.on("message", (message) => listener(message as ToHost));

serveHost({
  port: {
    send: (message: FromHost, sent?: () => void) => {
      if (process.connected) process.send?.(message, undefined, {}, () => sent?.());
    },
    listen: (next) => {
      listener = next;
    },
  },
  meter: machineMeter(mark),
  end: killGroup,
  ownProcess: true,
});
