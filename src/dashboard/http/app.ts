import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { refusalOf } from "../refusal.ts";
import { refuse } from "./answers.ts";
import type { AppContext, Env } from "./context.ts";
import { safeHeaders } from "./headers.ts";
import { healthRoutes } from "./health-routes.ts";
import { allowedHosts, isOwnOrigin } from "./hosts.ts";
import { orderRoutes } from "./orders.ts";
import type { PageFile } from "./page-files.ts";
import { readingRoutes } from "./reading-routes.ts";

/** The largest body that a request may have. */
const MOST_BODY_BYTES = 64 * 1024;
const COOKIE_SECONDS = 30 * 24 * 60 * 60;

/** The routes of the dashboard. */
export function dashboardApp(context: AppContext): Hono<Env> {
  const app = new Hono<Env>();
  app.use(safeHeaders);
  app.use(knownHost(context));
  app.get("/health", (c) => c.json({ ok: true }));
  app.use(
    "/api/*",
    bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (c) => refuse(c, 413, "body: expected at most 64 KiB") }),
  );
  app.use("/api/*", ownPage);
  app.post("/api/session", (c) => openSession(c, context));
  for (const path of ["/api/*", "/health/*", "/metrics"]) app.use(path, knownCaller(context));
  readingRoutes(app, context);
  healthRoutes(app, context);
  orderRoutes(app, context);
  app.all("/api/*", (c) => refuse(c, 404, `${c.req.path}: the dashboard has nothing there`));
  app.get("*", (c) => pageFile(c, context.files));
  app.notFound((c) => refuse(c, 404, "the dashboard has nothing there"));
  app.onError((error, c) => {
    const refusal = refusalOf(error);
    if (refusal.status === 500) context.onDefect(error);
    return refuse(c, refusal.status, refusal.message);
  });
  return app;
}

/** Refuses requests under a name that is not this server's. */
function knownHost({ host }: AppContext): MiddlewareHandler {
  const isAllowed = allowedHosts(host);
  return async (c, next) => {
    if (isAllowed(c.req.header("host") ?? new URL(c.req.url).host)) return next();
    return refuse(
      c,
      421,
      "host: expected localhost or the name of --host; another name is not answered here",
    );
  };
}

/** Refuses what a page from elsewhere lets a browser send. */
const ownPage: MiddlewareHandler = async (c, next) => {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  const isForeign =
    (origin !== undefined && !isOwnOrigin(origin, c.req.header("host"))) ||
    (site !== undefined && site !== "same-origin" && site !== "none");
  if (isForeign) return refuse(c, 403, "origin: expected the dashboard's own page, got another one");
  return next();
};

/** Refuses who knows neither the token nor the cookie. A cookie alone acts only for the page itself. */
function knownCaller({ session, port }: AppContext): MiddlewareHandler {
  return async (c, next) => {
    const [, bearer] = /^Bearer ([\w-]{1,200})$/.exec(c.req.header("authorization") ?? "") ?? [];
    if (bearer !== undefined && session.isToken(bearer)) return next();
    const cookie = getCookie(c, session.cookieName(port()));
    if (cookie === undefined || !session.isCookie(cookie))
      return refuse(c, 401, "open the link that `belay dashboard` has printed: it has the token in it");
    if (c.req.method !== "GET" && c.req.header("origin") === undefined)
      return refuse(c, 403, "origin: expected the dashboard's own page, got none");
    return next();
  };
}

/** Changes the token for a cookie. */
async function openSession(c: Context<Env>, { session, port }: AppContext): Promise<Response> {
  const address = c.env?.incoming?.socket.remoteAddress ?? "";
  if (session.mustWait(address)) return refuse(c, 429, "too many wrong tokens: wait for a minute");
  const isJson = /^application\/json\b/.test(c.req.header("content-type") ?? "");
  const body: unknown = isJson ? await c.req.json().catch(() => null) : null;
  const token = body !== null && typeof body === "object" && "token" in body ? body.token : null;
  if (typeof token !== "string" || !session.isToken(token)) {
    session.noteWrong(address);
    return refuse(c, 401, "the token is not that of this dashboard: open the link that it has printed last");
  }
  setCookie(c, session.cookieName(port()), session.cookie, {
    ...{ httpOnly: true, sameSite: "Strict", path: "/", maxAge: COOKIE_SECONDS },
  });
  return c.json({ ok: true });
}

/** A file of the page; any other path is one of the page's own, which its script reads. */
function pageFile(c: Context, files: ReadonlyMap<string, PageFile>): Response {
  const isAsset = c.req.path.startsWith("/assets/");
  const file = files.get(isAsset ? c.req.path : "/index.html");
  if (!file) return refuse(c, 404, `${c.req.path}: the dashboard has nothing there`);
  // The name of an asset changes with its contents, except that of the icon.
  const isFixed = isAsset && !c.req.path.endsWith("/icon.svg");
  const cache = isFixed ? "public, max-age=31536000, immutable" : "no-cache";
  return c.body(file.bytes, 200, { "content-type": file.type, "cache-control": cache });
}
