import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { BelayError, show } from "../core/error.ts";
import { type AnalysisCache, analysisCache } from "./analyses.ts";
import { dashboardApp } from "./http/app.ts";
import { readPageFiles } from "./http/page-files.ts";
import { newSession } from "./http/session.ts";
import { eventStreams } from "./http/streams.ts";
import type { QuickCall } from "./thread/protocol.ts";
import { actingThread, quickThread, type ReadingThread, slowThread } from "./thread/thread.ts";

/** What to serve, and to whom. */
export interface DashboardRequest {
  /** The database's file, without symbolic links. It need not exist yet. */
  readonly db: string;
  /** The address to listen on. @default 127.0.0.1, which only this machine reaches */
  readonly host?: string;
  /** The port to listen on; 0: any that is free. */
  readonly port: number;
  /** Whether the page may act on studies. @default false */
  readonly control?: boolean;
  /** The secret of the link. @default a random one */
  readonly token?: string | undefined;
  /** Belay's version. */
  readonly version: string;
  /** Told of errors that are defects of Belay. @default nobody */
  readonly onDefect?: (error: unknown) => void;
}

/** A dashboard that is served. */
export interface Dashboard {
  /** The link that opens it, with the token in its fragment, which browsers do not send. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** Ends all connections and threads. */
  close(): Promise<void>;
}

/** A client that is slower than this is not waited for. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 60_000;
const MOST_HEADER_BYTES = 16 * 1024;

/**
 * Serves the dashboard.
 *
 * @throws BelayError `usage`: the port is taken, or the address cannot be listened on.
 */
export async function startDashboard(request: DashboardRequest): Promise<Dashboard> {
  const { db, host = "127.0.0.1", control = false, version, onDefect = () => {} } = request;
  const session = newSession(request.token);
  const quick = quickThread(db, {
    onDefect,
    onNews(news) {
      streams.tell(news);
      if (news.name === "trials") analyses.changed(news.data.study);
      if (news.name === "studies") analyses.changed(null);
    },
  });
  const slow = slowThread(db, { onDefect });
  const acting = actingThread(db, { onDefect });
  const streams = eventStreams(quick.watch);
  const analyses = analysisCache({
    ...{ quick, slow, isWatched: streams.isWatched, onReady: streams.tellAnalysis },
  });
  let port = request.port;
  const app = dashboardApp({
    page: { version, db, control },
    files: readPageFiles(),
    ...{ session, host, quick, slow, acting, analyses, streams, onDefect },
    port: () => port,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: MOST_HEADER_BYTES,
    },
  }) as Server;
  server.setTimeout(IDLE_TIMEOUT_MS);
  port = await listen(server, host, port);
  warm(quick, analyses);
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${shown}:${port}/#token=${session.token}`,
    ...{ host, port, token: session.token },
    async close() {
      streams.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await Promise.all([quick.close(), slow.close(), acting.close()]);
    },
  };
}

/** @returns the port. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenFault(error, host, port)));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}

/** Why an address cannot be listened on, and what to type. */
function listenFault(error: NodeJS.ErrnoException, host: string, port: number): BelayError {
  const cause = { cause: error };
  switch (error.code) {
    case "EADDRINUSE":
      return new BelayError(
        "usage",
        `--port: expected a free port, got ${port}, which another program has: \`--port 0\` takes any that is free`,
        cause,
      );
    case "EACCES":
      return new BelayError(
        "usage",
        `--port: expected one from 1024 up, got ${port}, which needs more rights`,
        cause,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new BelayError("usage", `--host: expected an address of this machine, got ${show(host)}`, cause);
    default:
      return new BelayError("usage", `--host: ${host} cannot be listened on: ${error.message}`, cause);
  }
}

/** Has what the first page will probably show made before it is asked for. What fails is told of to the pages. */
async function warm(quick: ReadingThread<QuickCall>, analyses: Pick<AnalysisCache, "get">): Promise<void> {
  const answer = await quick.ask({ kind: "warm" });
  const study = answer.kind === "json" ? (JSON.parse(answer.text) as string | null) : null;
  if (study !== null) await analyses.get(study, "summary");
}
