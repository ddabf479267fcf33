import { serveHost } from "./host/serve.ts";
import type { HostExit, HostLink, HostListeners } from "./link.ts";
import type { ToHost } from "./protocol.ts";

/**
 * Starts a host in the coordinator's own process, for light trials: it cannot be killed, and its memory cannot be told
 * from the coordinator's.
 */
export function threadLink({ message: handle }: HostListeners): HostLink {
  let deliver: (message: ToHost) => void = () => {};
  let ended: (exit: HostExit) => void;
  const exited = new Promise<HostExit>((resolve) => {
    ended = resolve;
  });
  serveHost({
    port: {
      send: (message, sent) => {
        setImmediate(() => {
          handle(message);
          sent?.();
        });
      },
      listen: (listener) => {
        deliver = listener;
      },
      sent: 0, // messages are not counted, since none can be lost
      received: 0,
    },
    meter: null,
    end: () => ended({ code: 0, signal: null, stderr: "" }),
    ownProcess: false,
  });
  return {
    pid: process.pid,
    send: (message) => setImmediate(() => deliver(message)),
    sent: 0,
    received: 0,
    exited,
    killed: false,
    kill: () => void setImmediate(() => deliver({ kind: "end" })),
  };
}
