import type { Context, Hono } from "hono";
import { BelayError, didYouMean, show } from "../../core/error.ts";
import { ANALYSES, type QuickCall } from "../thread/protocol.ts";
import { refuse, send } from "./answers.ts";
import { auditCall, columnsCall, memoryCall, studyOf, trialCall, trialsCall } from "./calls.ts";
import type { AppContext, Env } from "./context.ts";
import { sendExport } from "./export.ts";

const STUDY = "/api/studies/:study";

/** The routes that read. */
export function readingRoutes(app: Hono<Env>, context: AppContext): void {
  const { page, quick, analyses } = context;
  const read = (toCall: (c: Context) => QuickCall) => async (c: Context) =>
    send(c, await quick.ask(toCall(c)));
  const of = (kind: "head" | "live" | "timeline") => read((c) => ({ kind, study: studyOf(c) }));
  app.get("/api/page", (c) => c.json(page));
  app.get(
    "/api/studies",
    read(() => ({ kind: "studies" })),
  );
  app.get("/api/events", (c) => openStream(c, context));
  app.get("/api/compare", async (c) => {
    const studies = c.req.queries("study") ?? [];
    if (studies.length < 2)
      throw new BelayError("usage", `--study: expected two or more, got ${studies.length}`);
    return send(c, await analyses.compare(studies));
  });
  app.get(STUDY, of("head"));
  app.get(`${STUDY}/columns`, read(columnsCall));
  app.get(
    `${STUDY}/matches`,
    read((c) => ({ kind: "matches", study: studyOf(c), where: c.req.query("where") ?? "" })),
  );
  app.get(`${STUDY}/trials`, read(trialsCall));
  app.get(`${STUDY}/trials/:number`, read(trialCall));
  app.get(`${STUDY}/analyses/:name`, async (c) => {
    const typed = c.req.param("name");
    const name = ANALYSES.find((each) => each === typed);
    if (!name)
      throw new BelayError(
        "usage",
        `analysis: expected one of ${ANALYSES.join(", ")}, got ${show(typed)}${didYouMean(typed, ANALYSES)}`,
      );
    return send(c, await analyses.get(studyOf(c), name));
  });
  app.get(`${STUDY}/live`, of("live"));
  app.get(`${STUDY}/timeline`, of("timeline"));
  app.get(`${STUDY}/memory/slots`, read(memoryCall("slotMemory")));
  app.get(`${STUDY}/memory/machine`, read(memoryCall("machine")));
  app.get(`${STUDY}/memory/marks`, read(memoryCall("marks")));
  app.get(`${STUDY}/audit`, read(auditCall));
  app.get(`${STUDY}/export`, (c) => sendExport(c, context.slow));
}

/** Opens a stream of events. A study that cannot be read yet is told of by the stream itself. */
async function openStream(c: Context, { quick, streams }: AppContext): Promise<Response> {
  const study = c.req.query("study") ?? null;
  const answer = study === null ? null : await quick.ask({ kind: "peek", study });
  if (answer?.kind === "refused" && answer.status === 404) return send(c, answer);
  const { version = 0 } = answer?.kind === "json" ? (JSON.parse(answer.text) as { version: number }) : {};
  const stream = streams.open(study, study === null ? {} : { [study]: version });
  if (!stream) return refuse(c, 503, "too many pages are open: close some of them");
  return c.body(stream, 200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
}
