import { after } from "../../core/timer.ts";
import { shownAddress } from "./address.ts";

/** How long a message may take. */
export interface Patience {
  /** All tries together. */
  readonly totalMs: number;
  /** One try. */
  readonly tryMs: number;
  /** The pause after the first try; it doubles after each further one. */
  readonly pauseMs: number;
}

/** The answers that may be another one later: too many requests, a time limit, and all faults of the server. */
const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/**
 * Posts JSON, and tries again after an error that may pass. A redirect is not followed, because it would send the message
 * to an address that nobody has given.
 *
 * @returns null once it is delivered; else why not, in a line without the secret parts of the address.
 */
export async function postJson(address: string, json: string, patience: Patience): Promise<string | null> {
  const { totalMs, tryMs, pauseMs } = patience;
  const deadline = performance.now() + totalMs;
  const request = requestOf(address, json);
  for (let pause = pauseMs; ; pause *= 2) {
    const left = Math.ceil(deadline - performance.now());
    const { fault, mayPass } = await tryOnce(request, Math.max(1, Math.min(tryMs, left)));
    if (fault === null) return null;
    if (!mayPass || performance.now() + pause >= deadline) return `${shownAddress(address)} ${fault}`;
    await new Promise<void>((resolve) => {
      after(pause, resolve);
    });
  }
}

type Request = readonly [url: string, init: RequestInit];

/** `fetch` refuses a URL with a user and a password, so they go into a header. */
function requestOf(address: string, json: string): Request {
  const url = new URL(address);
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const headers: Record<string, string> = { "content-type": "application/json", "user-agent": "belay" };
  if (user !== ":") headers.authorization = `Basic ${Buffer.from(user).toString("base64")}`;
  url.username = url.password = "";
  return [url.href, { method: "POST", headers, body: json, redirect: "manual" }];
}

/** @returns what went wrong; null if it was delivered. */
async function tryOnce([url, init]: Request, timeoutMs: number) {
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const cancel = after(timeoutMs, () => giveUp.abort());
  try {
    const { status, body } = await fetch(url, { ...init, signal });
    await body?.cancel();
    if (status >= 200 && status < 300) return { fault: null, mayPass: false };
    const redirects = status >= 300 && status < 400;
    const fault = `answered ${status}${redirects ? ", a redirect, which is not followed" : ""}`;
    return { fault, mayPass: isPassing(status) };
  } catch (error) {
    if (signal.aborted) return { fault: "gave no answer in time", mayPass: true };
    const { cause = error } = error as { cause?: unknown };
    const { code, message } = cause as { code?: string; message?: string };
    return { fault: `cannot be reached (${code ?? message})`, mayPass: true };
  } finally {
    cancel();
  }
}
