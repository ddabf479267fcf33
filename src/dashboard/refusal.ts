import { BelayError } from "../core/error.ts";
import type { Refused } from "./thread/protocol.ts";

/**
 * An error as a refusal in one line. Wrong usage is the page's mistake (400), or names something that does not exist (404), an owner stands in the way (409), a database cannot be read (503); nothing else is told to the page.
 */
export function refusalOf(error: unknown): Refused {
  if (!(error instanceof BelayError))
    return { kind: "refused", status: 500, message: "the dashboard has a defect: its terminal has more" };
  const { code, message } = error;
  return { kind: "refused", status: statusOf(code, message), message: message.replace(/\s*\n\s*/g, " ") };
}

function statusOf(code: BelayError["code"], message: string): Refused["status"] {
  if (code === "usage") return /^(study|trial|column|analysis): expected /.test(message) ? 404 : 400;
  if (code === "owner") return 409;
  return code === "store" || code === "schema" ? 503 : 500;
}
