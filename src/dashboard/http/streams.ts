import type { AnalysisKind, News } from "../thread/protocol.ts";

/** The streams of events of all open pages. */
export interface Streams {
  /**
   * Opens a stream.
   *
   * @param study - The study that the page looks at; null: it looks at the list.
   * @param versions - The versions of the studies' trials as the page is to have them.
   * @returns null: so many are open that no other one may be.
   */
  open(study: string | null, versions: Readonly<Record<string, number>>): ReadableStream | null;
  /** Passes on what the quick thread has seen. */
  tell(news: News): void;
  tellAnalysis(study: string, name: AnalysisKind, version: number): void;
  /** Whether a page looks at a study. */
  isWatched(study: string): boolean;
  /** How many are open. */
  readonly size: number;
  close(): void;
}

/** A page. */
interface Listener {
  readonly study: string | null;
  readonly send: (text: string) => void;
  readonly end: () => void;
}

const HEARTBEAT_MS = 15_000;
/** A page that is so many events behind is too slow: its stream ends, and its browser opens another one. */
const MOST_BEHIND = 256;
const MOST_STREAMS = 4_000;
/** How soon a browser opens a stream again that has ended. */
const RETRY_MS = 2_000;

/**
 * Keeps the streams.
 *
 * @param watch - Told of the studies that pages look at whenever that changes; null: no page is open.
 */
export function eventStreams(watch: (studies: readonly string[] | null) => void): Streams {
  const listeners = new Set<Listener>();
  let watched = "null";
  /** What ails the database, for pages that come later. */
  let trouble: News | null = null;
  const heartbeat = setInterval(() => {
    for (const { send } of listeners) send(": so that a broken connection is noticed\n\n");
  }, HEARTBEAT_MS);
  heartbeat.unref();

  function changedWatched(): void {
    const studies = new Set<string>();
    for (const { study } of listeners) if (study !== null) studies.add(study);
    const now = listeners.size === 0 ? null : [...studies];
    if (JSON.stringify(now) === watched) return;
    watched = JSON.stringify(now);
    watch(now);
  }

  function pass(study: string | null, text: string): void {
    for (const listener of listeners) if (study === null || listener.study === study) listener.send(text);
  }

  return {
    open(study, versions) {
      if (listeners.size >= MOST_STREAMS) return null;
      let listener: Listener;
      const leave = (): void => {
        listeners.delete(listener);
        changedWatched();
      };
      return new ReadableStream(
        {
          start(controller) {
            const encoder = new TextEncoder();
            const end = (): void => {
              leave();
              try {
                controller.close();
              } catch {
                // The browser has closed it already.
              }
            };
            listener = {
              ...{ study, end },
              send(text) {
                if ((controller.desiredSize ?? 0) <= 0) end();
                else controller.enqueue(encoder.encode(text));
              },
            };
            listeners.add(listener);
            listener.send(`retry: ${RETRY_MS}\n${event("hello", { versions })}`);
            if (trouble) listener.send(event(trouble.name, trouble.data));
            changedWatched();
          },
          cancel: leave,
        },
        new CountQueuingStrategy({ highWaterMark: MOST_BEHIND }),
      );
    },
    tell(news) {
      const { name, data } = news;
      if (name === "trouble") trouble = news.data.message === null ? null : news;
      pass("study" in data ? data.study : null, event(name, data));
    },
    tellAnalysis(study, name, version) {
      pass(study, event("analysis", { study, name, version }));
    },
    isWatched: (study) => [...listeners].some((listener) => listener.study === study),
    get size() {
      return listeners.size;
    },
    close() {
      clearInterval(heartbeat);
      for (const { end } of [...listeners]) end();
    },
  };
}

const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
