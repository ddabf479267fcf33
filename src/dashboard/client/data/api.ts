import type {
  Analyses,
  AnalysisJson,
  AnalysisName,
  AuditEntryJson,
  ComparePageJson,
  LiveJson,
  MatchesHead,
  MemoryMarksJson,
  PageJson,
  StudyCardJson,
  StudyHeadJson,
  TrialsJson,
} from "../../../report/page/page.ts";
import type { TrialDetailJson } from "../../../report/show.ts";
import { type Frame, readFrame } from "./frame.ts";

/** Which trials of a study to read, in the words of the command line. */
export interface TrialsQuery {
  readonly where: string;
  readonly sort: readonly string[];
  readonly offset: number;
  readonly limit: number;
}

/** What a person orders; `key=value` for `set`. */
export type PageOrder =
  | { readonly kind: "set"; readonly changes: readonly string[] }
  | { readonly kind: "pause" | "resume" | "stop" }
  | { readonly kind: "kill"; readonly number: number }
  | {
      readonly kind: "enqueue";
      readonly params: Readonly<Record<string, unknown>>;
      /** Whether the study's total grows by this trial. */
      readonly add: boolean;
    }
  | { readonly kind: "invalidate" | "validate"; readonly number: number; readonly reason: string };

/** An answer of the server that is no success, with its line for people. `status` is 0 if no server answered. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Refusal(0, "the dashboard's server does not answer: is `belay dashboard` still running?");
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => null)) as { readonly error?: string } | null;
  throw new Refusal(response.status, body?.error ?? `the server answered ${response.status}`);
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}

const study = (name: string): string => `/api/studies/${encodeURIComponent(name)}`;

/** What the page asks of its server. All of them reject with a `Refusal`. */
export const api = {
  /** Exchanges the token of the link for a cookie. */
  session: (token: string) =>
    ask("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    }),
  page: () => json<PageJson>("/api/page"),
  studies: () => json<readonly StudyCardJson[]>("/api/studies"),
  head: (name: string) => json<StudyHeadJson>(study(name)),
  /** @param since - The version that the page has: only what has changed since then comes. @default all rows */
  async columns(name: string, names: readonly string[], since?: number): Promise<Frame> {
    const query = new URLSearchParams({
      names: names.join(","),
      ...(since !== undefined && { since: `${since}` }),
    });
    return readFrame(await (await ask(`${study(name)}/columns?${query}`)).arrayBuffer());
  },
  async matches(name: string, where: string): Promise<Frame<MatchesHead>> {
    const query = new URLSearchParams({ where });
    const buffer = await (await ask(`${study(name)}/matches?${query}`)).arrayBuffer();
    return readFrame<MatchesHead>(buffer, (rows) => Math.ceil(rows / 8));
  },
  trials(name: string, { where, sort, offset, limit }: TrialsQuery): Promise<TrialsJson> {
    const query = new URLSearchParams({ where, offset: `${offset}`, limit: `${limit}` });
    for (const key of sort) query.append("sort", key);
    return json(`${study(name)}/trials?${query}`);
  },
  trial: (name: string, number: number) => json<TrialDetailJson>(`${study(name)}/trials/${number}`),
  analysis: <Name extends AnalysisName>(name: string, analysis: Name) =>
    json<AnalysisJson<Analyses[Name]>>(`${study(name)}/analyses/${analysis}`),
  live: (name: string) => json<LiveJson>(`${study(name)}/live`),
  /** The attempts of all trials: `number`, `slot`, `startedAtMs`, `endedAtMs`, `state`, `reason`. */
  timeline: async (name: string) => readFrame(await (await ask(`${study(name)}/timeline`)).arrayBuffer()),
  memory: async (name: string, sinceMs: number) =>
    readFrame(await (await ask(`${study(name)}/memory/slots?since=${sinceMs}`)).arrayBuffer()),
  machine: async (name: string, sinceMs: number) =>
    readFrame(await (await ask(`${study(name)}/memory/machine?since=${sinceMs}`)).arrayBuffer()),
  marks: (name: string, sinceMs: number) =>
    json<MemoryMarksJson>(`${study(name)}/memory/marks?since=${sinceMs}`),
  /** @param before - Entries before this id. @default the newest */
  audit: (name: string, before?: number) =>
    json<readonly AuditEntryJson[]>(`${study(name)}/audit${before === undefined ? "" : `?before=${before}`}`),
  compare: (names: readonly string[]) =>
    json<AnalysisJson<ComparePageJson>>(
      `/api/compare?${new URLSearchParams(names.map((name): [string, string] => ["study", name]))}`,
    ),
  /** Where the selected trials can be downloaded. */
  exportUrl(name: string, format: "csv" | "ndjson" | "parquet", where: string): string {
    return `${study(name)}/export?${new URLSearchParams({ format, where })}`;
  },
  order: (name: string, order: PageOrder) =>
    json<{ readonly message: string }>(`${study(name)}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(order),
    }),
};
