import type { HttpBindings } from "@hono/node-server";
import type { PageJson } from "../../report/page/page.ts";
import type { AnalysisCache } from "../analyses.ts";
import type { OrderCall, QuickCall, SlowCall } from "../thread/protocol.ts";
import type { ReadingThread } from "../thread/thread.ts";
import type { PageFile } from "./page-files.ts";
import type { Session } from "./session.ts";
import type { Streams } from "./streams.ts";

/** What the routes need. */
export interface AppContext {
  readonly page: PageJson;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly session: Session;
  /** The address that the server listens on. */
  readonly host: string;
  /** The port that the server listens on, once it does. */
  port(): number;
  readonly quick: ReadingThread<QuickCall>;
  readonly slow: ReadingThread<SlowCall>;
  readonly acting: ReadingThread<OrderCall>;
  readonly analyses: AnalysisCache;
  readonly streams: Streams;
  /** Told of defects. */
  readonly onDefect: (error: unknown) => void;
}

/** The environment of a request; `incoming` is absent in tests without a port. */
export interface Env {
  readonly Bindings: Partial<HttpBindings>;
}
