import type { InvalidMessage } from "./door/message.ts";
import type { ToHost } from "./protocol.ts";

/** How a host ended. */
export interface HostExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what the process has written to stderr, where V8 reports why it aborts. */
  readonly stderr: string;
}

/** The callbacks for what arrives from a host. */
export interface HostListeners {
  /** Called with each value, which must be validated before it is trusted. */
  readonly message: (value: unknown) => void;
  /** Called if the pipe carries something else; nothing follows. */
  readonly invalid: (invalid: InvalidMessage) => void;
}

/** The coordinator's connection to a host, in another process or in a thread of this one. */
export interface HostLink {
  readonly pid: number;
  send(message: ToHost): void;
  /** The number of messages sent to the host and received from it. */
  readonly sent: number;
  readonly received: number;
  /** Resolves when the host has exited and all its messages have been passed on. */
  readonly exited: Promise<HostExit>;
  /** Ends the host: by SIGKILL to its whole process group if it is a process. */
  kill(): void;
  /** Whether `kill` was called while the host was alive. */
  readonly killed: boolean;
}
