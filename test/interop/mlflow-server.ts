import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

// A server that holds requests to the published contract of MLflow's REST API 2.0, as its service.proto, its handlers and its
// checks describe it: fields and their types, names, limits of a batch, params that cannot change, errors by their codes. Faults
// can be put in front of any request.

/** A fault: what happens to a request instead of, or after, its work. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly isDone?: boolean }
  | "hang up"
  | "hang up when done";

type Fields = Record<string, unknown>;

export interface StoredRun {
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  status: string;
  readonly start: number;
  end: number | null;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  /** Every point that was sent, also twice. */
  readonly metrics: { key: string; value: number; timestamp: number; step: number }[];
}

class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const invalid = (message: string): Refused => new Refused(400, "INVALID_PARAMETER_VALUE", message);

/** Starts the server; it ends with the test. `fault` is asked before each request. */
export async function mlflowServer({
  fault = () => null,
  authorization = null,
}: {
  readonly fault?: (path: string, count: number) => Fault | null;
  readonly authorization?: string | null;
} = {}) {
  const experiments = new Map<string, { readonly id: string; stage: string }>();
  const runs = new Map<string, StoredRun>();
  const requests: string[] = [];
  const handlers: Record<string, (body: Fields) => Fields> = {
    "GET experiments/get-by-name": (body) => {
      only(body, { experiment_name: "string" }, ["experiment_name"]);
      const found = experiments.get(String(body.experiment_name));
      if (!found) throw new Refused(404, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment");
      return {
        experiment: { experiment_id: found.id, name: body.experiment_name, lifecycle_stage: found.stage },
      };
    },
    "POST experiments/create": (body) => {
      only(body, { name: "string", artifact_location: "string", tags: "array" }, ["name"]);
      if (experiments.has(String(body.name)))
        throw new Refused(400, "RESOURCE_ALREADY_EXISTS", "there is one");
      const id = String(experiments.size + 1);
      experiments.set(String(body.name), { id, stage: "active" });
      return { experiment_id: id };
    },
    "POST runs/create": (body) => {
      only(
        body,
        {
          experiment_id: "string",
          user_id: "string",
          run_name: "string",
          start_time: "integer",
          tags: "array",
        },
        ["experiment_id"],
      );
      const run: StoredRun = {
        id: `r${runs.size}`,
        ...{ experiment: String(body.experiment_id), name: String(body.run_name), status: "RUNNING" },
        ...{ start: Number(body.start_time), end: null, params: new Map(), tags: new Map(), metrics: [] },
      };
      for (const tag of entriesOf(body.tags, 5000)) run.tags.set(...tag);
      runs.set(run.id, run);
      return { run: shown(run) };
    },
    "POST runs/search": (body) => {
      only(
        body,
        {
          ...{ experiment_ids: "array", filter: "string", run_view_type: "string" },
          ...{ max_results: "integer", order_by: "array", page_token: "string" },
        },
        ["experiment_ids"],
      );
      const max = Number(body.max_results ?? 1000);
      if (max < 1 || max > 50_000) throw invalid(`max_results: ${max}`);
      const wanted = conditionsOf(String(body.filter ?? ""));
      const all = [...runs.values()].filter(
        (run) =>
          (body.experiment_ids as unknown[]).includes(run.experiment) &&
          wanted.every(([key, value]) => run.tags.get(key) === value),
      );
      const start = Number(body.page_token ?? 0);
      const next = start + max < all.length ? { next_page_token: String(start + max) } : {};
      return { runs: all.slice(start, start + max).map(shown), ...next };
    },
    "POST runs/log-batch": (body) => {
      only(body, { run_id: "string", metrics: "array", params: "array", tags: "array" }, ["run_id"]);
      const run = runOf(runs, body);
      const metrics = (body.metrics ?? []) as Fields[];
      const params = entriesOf(body.params, 6000);
      const tags = entriesOf(body.tags, 5000);
      if (metrics.length > 1000 || params.length > 100 || tags.length > 100)
        throw invalid("A batch logging request can contain at most ...");
      if (metrics.length + params.length + tags.length > 1000) throw invalid("at most 1000 in all");
      if (new Set(params.map(([key]) => key)).size < params.length) throw invalid("Duplicate parameter keys");
      for (const metric of metrics) {
        only(metric, { key: "string", value: "number", timestamp: "integer", step: "integer" }, [
          ...(["key", "value", "timestamp", "step"] as const),
        ]);
        checkName(metric.key);
      }
      for (const [key, value] of params)
        if (run.params.has(key) && run.params.get(key) !== value) throw invalid(`Changing param ${key}`);
      run.metrics.push(...(metrics as StoredRun["metrics"]));
      for (const param of params) run.params.set(...param);
      for (const tag of tags) run.tags.set(...tag);
      return {};
    },
    "POST runs/update": (body) => {
      only(body, { run_id: "string", status: "string", end_time: "integer", run_name: "string" }, ["run_id"]);
      const run = runOf(runs, body);
      if (!["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"].includes(String(body.status)))
        throw invalid(`status: ${body.status}`);
      run.status = String(body.status);
      if (body.end_time !== undefined) run.end = Number(body.end_time);
      return { run_info: shown(run).info };
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, "http://localhost");
    const text = await textOf(request);
    const path = `${request.method} ${url.pathname.replace(/^.*\/api\/2\.0\/mlflow\//, "")}`;
    requests.push(path);
    const met = fault(path, requests.length);
    const send = (status: number, body: Fields, headers: Record<string, string> = {}): void => {
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(body));
    };
    if (met === "hang up") return void request.socket.destroy();
    if (met && met !== "hang up when done" && !met.isDone)
      return send(met.status, { error_code: "TEMPORARILY_UNAVAILABLE", message: "busy" }, met.headers);
    try {
      if (authorization !== null && request.headers.authorization !== authorization)
        throw new Refused(401, "UNAUTHENTICATED", "You are not authenticated.");
      if (text.length > 1_000_000) throw invalid("requests must be at most 1000000 bytes");
      const handler = handlers[path];
      if (!handler) throw new Refused(404, "ENDPOINT_NOT_FOUND", path);
      const body = request.method === "GET" ? Object.fromEntries(url.searchParams) : JSON.parse(text);
      const done = handler(body);
      if (met === "hang up when done") return void request.socket.destroy();
      if (met) return send(met.status, {});
      send(200, done);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      send(error.status, { error_code: error.code, message: error.message });
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, experiments, runs, requests };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

/** Refuses a field that the contract does not have, that has another type, or that is missing. */
function only(body: Fields, types: Record<string, string>, required: readonly string[]): void {
  for (const [key, value] of Object.entries(body)) {
    const is = Array.isArray(value) ? "array" : Number.isSafeInteger(value) ? "integer" : typeof value;
    if (is !== types[key] && !(is === "integer" && types[key] === "number"))
      throw invalid(`${key}: expected ${types[key]}, got ${is}`);
  }
  for (const key of required) if (body[key] === undefined) throw invalid(`Missing value for ${key}`);
}

function checkName(name: unknown): void {
  const text = String(name);
  if (!/^[/\w.\- ]{1,250}$/.test(text) || /^\/|\/\/|\/$|^\.\.?$/.test(text))
    throw invalid(`Invalid name: ${text}`);
}

function entriesOf(list: unknown, longest: number): [string, string][] {
  return ((list ?? []) as Fields[]).map((entry) => {
    only(entry, { key: "string", value: "string" }, ["key", "value"]);
    checkName(entry.key);
    if (String(entry.value).length > longest) throw invalid(`${entry.key} is too long`);
    return [String(entry.key), String(entry.value)];
  });
}

/** The conditions of a filter such as "tags.`a.b` = 'c' and tags.d = 'e'". */
function conditionsOf(filter: string): [string, string][] {
  if (filter === "") return [];
  return filter.split(" and ").map((condition) => {
    const match = /^tags\.(?:`([^`]+)`|(\w+)) = '([^']*)'$/.exec(condition);
    if (!match) throw invalid(`Invalid clause(s) in filter string: ${condition}`);
    return [match[1] ?? match[2]!, match[3]!];
  });
}

function runOf(runs: ReadonlyMap<string, StoredRun>, body: Fields): StoredRun {
  const run = runs.get(String(body.run_id));
  if (!run) throw new Refused(404, "RESOURCE_DOES_NOT_EXIST", `Run with id=${body.run_id} not found`);
  return run;
}

function shown(run: StoredRun) {
  const entries = (map: ReadonlyMap<string, string>) => [...map].map(([key, value]) => ({ key, value }));
  return {
    info: {
      ...{ run_id: run.id, run_name: run.name, experiment_id: run.experiment, status: run.status },
      ...{
        start_time: run.start,
        ...(run.end === null ? {} : { end_time: run.end }),
        lifecycle_stage: "active",
      },
    },
    data: { metrics: [], params: entries(run.params), tags: entries(run.tags) },
  };
}
