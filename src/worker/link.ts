import type { Foreign } from "./door/message.ts";
import type { ToHost } from "./protocol.ts";

/** How a host ended. */
export interface HostExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what the process itself wrote to stderr: V8 says there why it aborts. */
  readonly stderr: string;
}

/** Who hears what comes from a host: nothing of it is to be trusted before it is read. */
export interface HostEars {
  readonly hear: (message: unknown) => void;
  /** What came is no message; nothing is heard after it. */
  readonly foreign: (foreign: Foreign) => void;
}

/** The coordinator's end of a host, in a process of its own or in this one. */
export interface HostLink {
  readonly pid: number;
  send(message: ToHost): void;
  /** How many messages have been sent to the host, and heard from it. */
  readonly sent: number;
  readonly heard: number;
  /** Settles once the host is really gone and every message of it has been heard. */
  readonly gone: Promise<HostExit>;
  /** SIGKILL to the whole process group. */
  kill(): void;
  /** Whether `kill` was called while it lived. */
  readonly killed: boolean;
}
