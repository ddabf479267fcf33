import type { Hono } from "hono";
import type { StudyHealthJson } from "../../report/page/health.ts";
import { send } from "./answers.ts";
import type { AppContext, Env } from "./context.ts";
import { systemHealth } from "./system-health.ts";

/** The routes for programs that watch over studies. */
export function healthRoutes(app: Hono<Env>, { page, quick, streams }: AppContext): void {
  app.get("/health/scheduler", async (c) => {
    const answer = await quick.ask({ kind: "health" });
    if (answer.kind !== "json") return send(c, answer);
    const studies = JSON.parse(answer.text) as readonly StudyHealthJson[];
    return c.json({ ok: studies.every(({ ok }) => ok), studies });
  });
  app.get("/health/system", (c) => c.json(systemHealth(page.db)));
  app.get("/metrics", async (c) => {
    const answer = await quick.ask({ kind: "health" });
    if (answer.kind !== "json") return send(c, answer);
    const { exposition, CONTENT_TYPE } = await import("./prometheus.ts"); // its package is seldom needed
    const studies = JSON.parse(answer.text) as readonly StudyHealthJson[];
    const text = await exposition(studies, { system: systemHealth(page.db), pages: streams.size });
    return c.body(text, 200, { "content-type": CONTENT_TYPE });
  });
}
