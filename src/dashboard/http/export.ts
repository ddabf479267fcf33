import type { Context } from "hono";
import { BelayError, didYouMean, show } from "../../core/error.ts";
import { EXPORT_FORMATS, type SlowCall } from "../thread/protocol.ts";
import type { ReadingThread } from "../thread/thread.ts";
import { send } from "./answers.ts";
import { studyOf } from "./calls.ts";

const TYPES = {
  csv: "text/csv; charset=utf-8",
  ndjson: "application/x-ndjson",
  parquet: "application/vnd.apache.parquet",
} as const;

/**
 * Sends the selected trials as a file, piece by piece, no faster than they are taken.
 *
 * @throws BelayError `usage`: there is no such format.
 */
export async function sendExport(c: Context, slow: Pick<ReadingThread<SlowCall>, "ask">): Promise<Response> {
  const typed = c.req.query("format");
  const format = EXPORT_FORMATS.find((each) => each === typed);
  if (!format)
    throw new BelayError(
      "usage",
      `--format: expected one of ${EXPORT_FORMATS.join(", ")}, got ${show(typed)}${didYouMean(typed, EXPORT_FORMATS)}`,
    );
  const study = studyOf(c);
  const begun = await slow.ask({ kind: "export", study, format, where: c.req.query("where") ?? "" });
  if (begun.kind !== "json") return send(c, begun);
  const id = Number(begun.text);
  const stream = new ReadableStream({
    async pull(controller) {
      const piece = await slow.ask({ kind: "next", id });
      // A broken end tells the browser that the file is not whole.
      if (piece.kind !== "frame") controller.error(new Error("the database cannot be read any more"));
      else if (piece.bytes.length === 0) controller.close();
      else controller.enqueue(piece.bytes);
    },
    async cancel() {
      await slow.ask({ kind: "end", id });
    },
  });
  return c.body(stream, 200, {
    "content-type": TYPES[format],
    "content-disposition": `attachment; filename="${safeName(study)}.${format}"`,
  });
}

/** A file's name from a study's, of which older versions allowed more characters. */
function safeName(study: string): string {
  return study.replace(/[^\w.-]/g, "_").replace(/^\.+/, "_");
}
