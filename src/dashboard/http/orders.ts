import type { Context, Hono } from "hono";
import { BelayError, didYouMean, show } from "../../core/error.ts";
import { currentUser } from "../../machine/user.ts";
import { commandOn } from "../../store/command-line.ts";
import type { PageOrder } from "../thread/protocol.ts";
import { refuse, send } from "./answers.ts";
import { studyOf } from "./calls.ts";
import type { AppContext, Env } from "./context.ts";

/** The route that acts. */
export function orderRoutes(app: Hono<Env>, { page, acting }: AppContext): void {
  app.post("/api/studies/:study/orders", async (c) => {
    if (!page.control) {
      const command = commandOn(page.db, "dashboard", "--control");
      return refuse(c, 403, `this dashboard only shows: \`${command}\` starts one that may act`);
    }
    const order = orderOf(await bodyOf(c));
    return send(
      c,
      await acting.ask({ kind: "order", study: studyOf(c), order, who: `dashboard (${currentUser()})` }),
    );
  });
}

/** The body as JSON. @throws BelayError `usage`: it is none. */
async function bodyOf(c: Context): Promise<Readonly<Record<string, unknown>>> {
  const isJson = /^application\/json\b/.test(c.req.header("content-type") ?? "");
  const body: unknown = isJson ? await c.req.json().catch(() => null) : null;
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw wrong("order", "a JSON object", body);
  return body as Readonly<Record<string, unknown>>;
}

const KINDS = ["set", "pause", "resume", "stop", "kill", "enqueue", "invalidate", "validate"] as const;

/** Reads an order. @throws BelayError `usage`: it is none. */
function orderOf(body: Readonly<Record<string, unknown>>): PageOrder {
  const kind = KINDS.find((each) => each === body.kind);
  switch (kind) {
    case "pause":
    case "resume":
    case "stop":
      return { kind };
    case "set": {
      const { changes } = body;
      if (
        !Array.isArray(changes) ||
        changes.length === 0 ||
        !changes.every((each) => typeof each === "string")
      )
        throw wrong("changes", 'texts such as "workers=4"', changes);
      return { kind, changes };
    }
    case "kill":
      if (!Number.isSafeInteger(body.number)) throw wrong("number", "the number of a trial", body.number);
      return { kind, number: body.number as number };
    case "invalidate":
    case "validate": {
      const { number, reason = null } = body;
      if (!Number.isSafeInteger(number)) throw wrong("number", "the number of a trial", number);
      if (reason !== null && typeof reason !== "string") throw wrong("reason", "a text", reason);
      return { kind, number: number as number, reason: reason?.trim() || null };
    }
    case "enqueue": {
      const { params, add = false } = body;
      if (typeof params !== "object" || params === null || Array.isArray(params))
        throw wrong("params", "an object with values of params", params);
      if (typeof add !== "boolean") throw wrong("add", "true or false", add);
      return { kind, params: JSON.stringify(params), add };
    }
    default:
      throw wrong("kind", `one of ${KINDS.join(", ")}`, body.kind, didYouMean(body.kind, KINDS));
  }
}

/** An error about what the page has sent, as `--option` errors are. */
function wrong(what: string, expected: string, value: unknown, hint = ""): BelayError {
  return new BelayError("usage", `--${what}: expected ${expected}, got ${show(value)}${hint}`);
}
