import type { Duplex } from "node:stream";
import { show } from "../../core/error.ts";
import type { Foreign } from "./message.ts";

/** No message of Belay is longer, in characters. */
const LONGEST = 64e6;

/** One end of the pipe between a coordinator and a host. */
export interface MessagePipe {
  /** @param sent - Called once the message has left, or cannot. */
  send(message: object, sent?: () => void): void;
  /** How many messages have been sent, and how many lines have come: what was sent and has not come is lost. */
  readonly sent: number;
  readonly heard: number;
}

/** What one end of the pipe tells. */
export interface PipeEars {
  /** A line that is JSON. */
  readonly hear: (value: unknown) => void;
  /** Bytes came that are no message; nothing is heard after them. */
  readonly foreign: (foreign: Foreign) => void;
  /** The other end is gone, or `error` has ended the pipe; once. */
  readonly closed: (error: NodeJS.ErrnoException | null) => void;
}

/**
 * Messages between two processes: a line of JSON each. Not Node's own channel, because bytes that are no message of that
 * end the process that reads them; a trial may write to any file that its process has open.
 *
 * @param gathers - Whether what is sent in one turn of the event loop leaves in one piece at its end: one call of the
 * kernel instead of several, and the reader wakes once.
 */
export function messagePipe(
  stream: Duplex,
  { hear, foreign, closed }: PipeEars,
  { gathers = false } = {},
): MessagePipe {
  let rest = "";
  let sent = 0;
  let heard = 0;
  let isOver = false;
  let isClosed = false;

  const refuse = (came: string): void => {
    isOver = true;
    rest = "";
    foreign({ kind: "foreign", came });
  };
  const readLine = (line: string): void => {
    const value = parse(line);
    if (value === undefined) refuse(`a line that is none (${show(line.slice(0, 60))})`);
    else {
      heard++;
      hear(value);
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
    const [text, told] = [lines, waiting];
    lines = "";
    waiting = [];
    write(text, () => {
      for (const each of told) each();
    });
  };

  return {
    send(message, onSent) {
      sent++;
      const line = `${serialize(message)}\n`;
      if (!gathers) return write(line, onSent);
      if (lines === "") setImmediate(flush);
      lines += line;
      if (onSent) waiting.push(onSent);
    },
    get sent() {
      return sent;
    },
    get heard() {
      return heard;
    },
  };
}

/** undefined when it is no JSON. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** JSON has no NaN and no infinities: they go as text, for the readers that take them. */
function serialize(message: object): string {
  // A function that is asked about each value takes ten times as long as to look for such numbers first.
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
