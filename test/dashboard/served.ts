import { onTestFinished } from "vitest";
import { type Frame, readFrame } from "../../src/dashboard/client/data/frame.ts";
import type { MatchesHead, PageEvents } from "../../src/report/page/page.ts";
import { type Running, start, until } from "../support/belay.ts";

/** A dashboard that `belay dashboard` serves for a test. */
export interface Served {
  readonly running: Running;
  /** Without a path. */
  readonly origin: string;
  readonly port: number;
  readonly token: string;
  /** Asks as a program does, with the token. */
  get(path: string, init?: RequestInit): Promise<Response>;
  json<T>(path: string): Promise<T>;
  /** A frame as the page reads it. */
  frame(path: string): Promise<Frame>;
  /** Listens to the events of a study, or of the list of studies, until the test ends. */
  events(study?: string): Promise<Heard>;
  /** Which rows match, by their places. */
  matches(study: string, where: string): Promise<number[]>;
}

/** What a stream has told so far. */
export interface Heard {
  /** The data of all events of a name, in their order. */
  all<Name extends keyof PageEvents>(name: Name): PageEvents[Name][];
  /** Waits for an event that a test wants. */
  wait<Name extends keyof PageEvents>(
    name: Name,
    isIt?: (data: PageEvents[Name]) => boolean,
  ): Promise<PageEvents[Name]>;
  /** Whether the server has ended it. */
  readonly isOver: boolean;
}

/** Reads a stream of events. It is closed when the test ends. */
function hear(response: Response): Heard {
  const events: { readonly name: string; readonly data: unknown }[] = [];
  let isOver = false;
  const read = async (): Promise<void> => {
    let text = "";
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (text + piece).split("\n\n");
      text = parts.pop()!;
      for (const part of parts) {
        const [, name] = /^event: (.*)$/m.exec(part) ?? [];
        const [, data] = /^data: (.*)$/m.exec(part) ?? [];
        if (name !== undefined && data !== undefined) events.push({ name, data: JSON.parse(data) });
      }
    }
  };
  read()
    .catch(() => {}) // the server has gone
    .finally(() => {
      isOver = true;
    });
  const all = <Name extends keyof PageEvents>(name: Name): PageEvents[Name][] =>
    events.filter((each) => each.name === name).map(({ data }) => data as PageEvents[Name]);
  return {
    all,
    wait: (name, isIt = () => true) => until(`the event ${name}`, () => all(name).find(isIt)),
    get isOver() {
      return isOver;
    },
  };
}

/** Starts `belay dashboard` on a free port in a folder. It is killed when the test ends. */
export async function serve(
  cwd: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const running = start(cwd, ["dashboard", "--port", "0", "--json", ...args], env);
  const line = await until("the link", () => {
    const { stdout, stderr } = running.output();
    if (running.child.exitCode !== null) throw new Error(`belay dashboard has ended: ${stderr}`);
    return /^\{.*\}$/m.exec(stdout)?.[0];
  });
  const { port, token } = JSON.parse(line) as { readonly port: number; readonly token: string };
  const origin = `http://127.0.0.1:${port}`;
  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${origin}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  const bytes = async (path: string): Promise<ArrayBuffer> => {
    const response = await get(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.arrayBuffer();
  };
  return {
    running,
    ...{ origin, port, token, get },
    async json<T>(path: string) {
      return JSON.parse(new TextDecoder().decode(await bytes(path))) as T;
    },
    frame: async (path) => readFrame(await bytes(path)),
    async events(study) {
      const ending = new AbortController();
      onTestFinished(() => ending.abort());
      const query = study === undefined ? "" : `?${new URLSearchParams({ study })}`;
      return hear(await get(`/api/events${query}`, { signal: ending.signal }));
    },
    async matches(study, where) {
      const path = `/api/studies/${study}/matches?${new URLSearchParams({ where })}`;
      const { head, columns } = readFrame<MatchesHead>(await bytes(path), (rows) => Math.ceil(rows / 8));
      const bits = columns.get("matches")!.cells;
      const rows = Array.from({ length: head.rows }, (_, row) => row);
      return rows.filter((row) => (bits[row >> 3]! & (1 << (row & 7))) !== 0);
    },
  };
}
