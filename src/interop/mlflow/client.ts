import { setTimeout as sleep } from "node:timers/promises";
import { BelayError } from "../../core/error.ts";
import type { Json } from "../../core/trial.ts";

/** How often a request is sent at most: the pauses between add up to about 13 s. */
const TRIES = 7;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 60_000;
const REQUEST_TIMEOUT_MS = 60_000;

type Answer = Readonly<Record<string, Json | undefined>>;

/** A server of MLflow, by its REST API 2.0 (https://mlflow.org/docs/latest/rest-api.html). */
export interface MlflowClient {
  /** The address for people, without a password. */
  readonly address: string;
  /**
   * Sends a request, again where the server is busy (429) or fails (5xx), or the line does, with pauses that double.
   *
   * @param path - What follows `/api/2.0/mlflow/`.
   * @param options - `again`: called before the request is sent again, which the server may have carried out although its answer was
   *   lost; what it returns, if not null, is taken for the answer.
   * @returns the answer; null if it is that there is no such thing (`RESOURCE_DOES_NOT_EXIST`).
   * @throws BelayError `store`, one line with what the server said.
   */
  call(
    method: "GET" | "POST",
    path: string,
    body: Readonly<Record<string, Json>>,
    options?: { readonly again?: () => Promise<Answer | null> },
  ): Promise<Answer | null>;
}

/** Who asks: `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, as MLflow's own clients. */
export type MlflowLogin = Readonly<Record<string, string | undefined>>;

/**
 * Makes a client of a server.
 *
 * @param url - Its address, such as `http://localhost:5000`; it may have a path, and a name and a password.
 * @throws BelayError `usage`: it is no address.
 */
export function mlflowClient(url: string, login: MlflowLogin): MlflowClient {
  const base = URL.canParse(url) ? new URL(url) : null;
  if (!base || !["http:", "https:"].includes(base.protocol))
    throw new BelayError(
      "usage",
      `--to: expected an address such as http://localhost:5000, got ${JSON.stringify(url)}`,
    );
  const headers = { "content-type": "application/json", ...authorization(base, login) };
  base.username = "";
  base.password = "";
  base.search = "";
  base.hash = "";
  const address = base.href.replace(/\/$/, "");
  let hasAnswered = false;

  /** @returns the answer, or why there was none and whether another try makes sense. */
  async function once(
    method: "GET" | "POST",
    path: string,
    body: Readonly<Record<string, Json>>,
  ): Promise<
    { readonly answer: Answer | null } | { readonly fault: string; readonly pauseMs: number | null }
  > {
    const target = new URL(`${address}/api/2.0/mlflow/${path}`);
    if (method === "GET")
      for (const [key, value] of Object.entries(body)) target.searchParams.set(key, String(value));
    try {
      const response = await fetch(target, {
        ...{ method, headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
        ...(method === "POST" ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      hasAnswered = true;
      const answer = parsed(text);
      if (response.ok && answer) return { answer };
      if (answer?.error_code === "RESOURCE_DOES_NOT_EXIST") return { answer: null };
      const said = typeof answer?.message === "string" ? answer.message : text;
      const isPassing = response.status === 429 || response.status >= 500;
      return {
        fault: `${response.status} ${response.statusText}${said ? `: ${oneLine(said)}` : ""}`,
        pauseMs: isPassing ? retryAfterMs(response.headers.get("retry-after")) : null,
      };
    } catch (error) {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message;
      // A server that has not answered yet is rather not there.
      return { fault: oneLine(String(why)), pauseMs: hasAnswered ? 0 : null };
    }
  }

  return {
    address,
    async call(method, path, body, { again } = {}) {
      for (let tries = 1; ; tries++) {
        const done = await once(method, path, body);
        if ("answer" in done) return done.answer;
        if (done.pauseMs === null || tries === TRIES)
          throw new BelayError("store", `${address}: ${path}: expected MLflow to answer, got ${done.fault}`);
        const doubled = FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
        await sleep(Math.min(LONGEST_PAUSE_MS, Math.max(done.pauseMs, doubled)));
        const found = await again?.();
        if (found) return found;
      }
    },
  };
}

function authorization(url: URL, login: MlflowLogin): { readonly authorization?: string } {
  const token = login.MLFLOW_TRACKING_TOKEN;
  const name = url.username === "" ? login.MLFLOW_TRACKING_USERNAME : decodeURIComponent(url.username);
  const password = url.username === "" ? login.MLFLOW_TRACKING_PASSWORD : decodeURIComponent(url.password);
  if (name) return { authorization: `Basic ${Buffer.from(`${name}:${password ?? ""}`).toString("base64")}` };
  return token ? { authorization: `Bearer ${token}` } : {};
}

function parsed(text: string): Answer | null {
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Answer) : null;
  } catch {
    return null; // a page of HTML, of a proxy or of another program
  }
}

/** The header `Retry-After` in seconds; 0 without it, or where it is a date. */
function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? "");
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}
