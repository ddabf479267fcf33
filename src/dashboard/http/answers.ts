import type { Context } from "hono";
import type { Answer, Refused } from "../thread/protocol.ts";

/** Sends what a thread has answered. */
export function send(c: Context, answer: Answer): Response {
  switch (answer.kind) {
    case "json":
      return c.body(answer.text, 200, { "content-type": "application/json" });
    case "frame":
      return c.body(answer.bytes, 200, { "content-type": "application/octet-stream" });
    case "refused":
      return refuse(c, answer.status, answer.message);
  }
}

/** Refuses a request in one line. */
export function refuse(
  c: Context,
  status: Refused["status"] | 401 | 403 | 413 | 421 | 429,
  error: string,
): Response {
  return c.json({ error }, status);
}
