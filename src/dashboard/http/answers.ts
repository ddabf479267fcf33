import type { Context } from "hono";
import type { Answer, Refused } from "../thread/protocol.ts";

/** Sends what a thread has answered. */
export function send(c: Context, answer: Answer): Response {
  switch (answer.kind) {
    case "json":
      return c.body(answer.text, 200, { "content-type": "application/json" });
    case "frame":
      return sendFrame(c, answer);
    case "refused":
      return refuse(c, answer.status, answer.message);
  }
}

/** Sends a frame; a browser that has the same one is told to take that. */
function sendFrame(c: Context, { bytes, version }: Extract<Answer, { kind: "frame" }>): Response {
  const type = { "content-type": "application/octet-stream" };
  if (version === undefined) return c.body(bytes, 200, type);
  const headers = { etag: `"${version}"`, "cache-control": "private, no-cache" };
  if (c.req.header("if-none-match") === headers.etag) return c.body(null, 304, headers);
  return c.body(bytes, 200, { ...type, ...headers });
}

/** Refuses a request in one line. */
export function refuse(
  c: Context,
  status: Refused["status"] | 401 | 403 | 413 | 421 | 429,
  error: string,
): Response {
  return c.json({ error }, status);
}
