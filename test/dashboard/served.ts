import { type Frame, readFrame } from "../../src/dashboard/client/data/frame.ts";
import type { MatchesHead } from "../../src/report/page/page.ts";
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
  /** Which rows match, by their places. */
  matches(study: string, where: string): Promise<number[]>;
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
    async matches(study, where) {
      const path = `/api/studies/${study}/matches?${new URLSearchParams({ where })}`;
      const { head, columns } = readFrame<MatchesHead>(await bytes(path), (rows) => Math.ceil(rows / 8));
      const bits = columns.get("matches")!.cells;
      const rows = Array.from({ length: head.rows }, (_, row) => row);
      return rows.filter((row) => (bits[row >> 3]! & (1 << (row & 7))) !== 0);
    },
  };
}
