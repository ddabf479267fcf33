import { serveHost } from "./host/serve.ts";
import type { HostEars, HostExit, HostLink } from "./link.ts";
import type { ToHost } from "./protocol.ts";

/**
 * A host inside the coordinator's own process: for light trials. No process to kill, no memory of its own to read.
 */
export function threadLink({ hear }: HostEars): HostLink {
  let deliver: (message: ToHost) => void = () => {};
  let ended: (exit: HostExit) => void;
  const gone = new Promise<HostExit>((resolve) => {
    ended = resolve;
  });
  serveHost({
    port: {
      send: (message, sent) => {
        setImmediate(() => {
          hear(message);
          sent?.();
        });
      },
      listen: (listener) => {
        deliver = listener;
      },
      sent: 0, // nothing is lost on the way
      heard: 0,
    },
    meter: null,
    end: () => ended({ code: 0, signal: null, stderr: "" }),
    ownProcess: false,
  });
  return {
    pid: process.pid,
    send: (message) => setImmediate(() => deliver(message)),
    sent: 0,
    heard: 0,
    gone,
    killed: false,
    kill: () => void setImmediate(() => deliver({ kind: "end" })),
  };
}
