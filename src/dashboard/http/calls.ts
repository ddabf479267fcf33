import type { Context } from "hono";
import { BelayError, show } from "../../core/error.ts";
import type { QuickCall } from "../thread/protocol.ts";

// Reads requests into calls. What they get wrong is refused in one line that names it, as options are.

/** So many rows has a page of a table, unless the request says otherwise. */
const ROWS = 50;

/** @throws BelayError `usage`: a query parameter is wrong. */
export function columnsCall(c: Context): QuickCall {
  const names = (c.req.query("names") ?? "").split(",").filter(Boolean);
  if (names.length === 0) throw new BelayError("usage", "--names: expected names of columns, got none");
  const since = c.req.query("since");
  return {
    ...{ kind: "columns", study: studyOf(c), names },
    since: since === undefined ? null : numberOf("since", since),
  };
}

/** @throws BelayError `usage`: a query parameter is wrong. */
export function trialsCall(c: Context): QuickCall {
  return {
    ...{ kind: "trials", study: studyOf(c), where: c.req.query("where") ?? "" },
    sort: c.req.queries("sort") ?? [],
    offset: numberOf("offset", c.req.query("offset") ?? "0"),
    limit: numberOf("limit", c.req.query("limit") ?? `${ROWS}`),
  };
}

/** @throws BelayError `usage`: the number is none. */
export function trialCall(c: Context): QuickCall {
  const typed = c.req.param("number") ?? "";
  if (!/^\d{1,15}$/.test(typed))
    throw new BelayError("usage", `trial: expected a number, got ${show(typed)}`);
  return { kind: "trial", study: studyOf(c), number: Number(typed) };
}

/** @throws BelayError `usage`: `since` is no time. */
export function memoryCall(kind: "slotMemory" | "machine" | "marks"): (c: Context) => QuickCall {
  return (c) => ({ kind, study: studyOf(c), sinceMs: timeOf("since", c.req.query("since") ?? "0") });
}

/** @throws BelayError `usage`: `before` is no number. */
export function auditCall(c: Context): QuickCall {
  const before = c.req.query("before");
  const id = before === undefined ? null : numberOf("before", before);
  return { kind: "audit", study: studyOf(c), before: id };
}

/** The name of the study in a path. */
export function studyOf(c: Context): string {
  return c.req.param("study") ?? "";
}

/** @throws BelayError `usage`: it is no whole number. */
function numberOf(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BelayError("usage", `--${name}: expected a whole number of 0 or more, got ${show(text)}`);
}

/** @throws BelayError `usage`: it is no time in milliseconds since 1970. */
function timeOf(name: string, text: string): number {
  if (/^-?\d{1,15}(\.\d{1,20})?$/.test(text)) return Math.max(0, Math.floor(Number(text)));
  throw new BelayError("usage", `--${name}: expected milliseconds since 1970, got ${show(text)}`);
}
