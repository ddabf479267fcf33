import type { Duplex } from "node:stream";
import { show } from "../../core/error.ts";
import type { InvalidMessage } from "./message.ts";

/** The maximum length of a message, in characters. */
const LONGEST = 64e6;

/** One end of the pipe between a coordinator and a host. */
export interface MessagePipe {
  /** @param onSent - Called when the message is written, or cannot be. */
  send(message: object, onSent?: () => void): void;
  /** The number of messages sent and received, by which either end can tell that some are lost. */
  readonly sent: number;
  readonly received: number;
}

/** The callbacks of one end of the pipe. */
export interface PipeListeners {
  /** Called with the value of each line of JSON. */
  readonly message: (value: unknown) => void;
  /** Called if a line is not JSON or too long; nothing follows. */
  readonly invalid: (invalid: InvalidMessage) => void;
  /** Called once, when the other end has closed the pipe or `error` has ended it. */
  readonly closed: (error: NodeJS.ErrnoException | null) => void;
}

/**
 * Exchanges messages with another process, as one line of JSON each. Node's own IPC channel is not used, because a
 * trial may write to any open file of its process, and invalid bytes on that channel crash the process that reads them.
 *
 * @param batches - Whether all messages of one turn of the event loop are written together at its end. That takes one
 * system call instead of several, and wakes the reader once.
 */
export function messagePipe(
  stream: Duplex,
  { message: handle, invalid, closed }: PipeListeners,
  { batches = false } = {},
): MessagePipe {
  let rest = "";
  let sent = 0;
  let received = 0;
  let isOver = false;
  let isClosed = false;

  const refuse = (got: string): void => {
    isOver = true;
    rest = "";
    invalid({ kind: "invalid", got });
  };
  const readLine = (line: string): void => {
    const value = parse(line);
    if (value === undefined) refuse(`a line that is none (${show(line.slice(0, 60))})`);
    else {
      received++;
      handle(value);
    }
  };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    if (isOver) return;
    let start = 0;
    for (let end = chunk.indexOf("\n"); end >= 0 && !isOver; end = chunk.indexOf("\n", start)) {
      const line = rest + chunk.slice(start, end);
      rest = "";
      start = end + 1;
      readLine(line);
    }
    if (isOver) return;
    rest += chunk.slice(start);
    if (rest.length > LONGEST) refuse(`a line of more than ${LONGEST} characters`);
  });
  const close = (error: Error | null): void => {
    if (!isClosed) closed(error);
    isClosed = true;
  };
  stream.on("error", close);
  stream.on("end", () => close(null));
  stream.on("close", () => close(null));

  const write = (text: string, onSent: (() => void) | undefined): void => {
    if (stream.writable) stream.write(text, onSent);
    else onSent?.();
  };
  let lines = "";
  let waiting: (() => void)[] = [];
  const flush = (): void => {
    const [text, callbacks] = [lines, waiting];
    lines = "";
    waiting = [];
    write(text, () => {
      for (const callback of callbacks) callback();
    });
  };

  return {
    send(message, onSent) {
      sent++;
      const line = `${serialize(message)}\n`;
      if (!batches) return write(line, onSent);
      if (lines === "") setImmediate(flush);
      lines += line;
      if (onSent) waiting.push(onSent);
    },
    get sent() {
      return sent;
    },
    get received() {
      return received;
    },
  };
}

/** Parses a line of JSON; undefined if it is none. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Converts a message to JSON. NaN and infinities, which JSON lacks, become text, which `anyNumber` reads. */
function serialize(message: object): string {
  // Searching for such numbers first is ten times faster than a replacer function that is called for each value.
  return hasNonFinite(message) ? JSON.stringify(message, nonFinite) : JSON.stringify(message);
}

function hasNonFinite(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasNonFinite);
  for (const key in value) if (hasNonFinite((value as Record<string, unknown>)[key])) return true;
  return false;
}

function nonFinite(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
