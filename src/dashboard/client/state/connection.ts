import { signal } from "@preact/signals";
import { Refusal } from "../data/api.ts";
import type { Hearers } from "../data/stream.ts";

/** Whether events come: before the first one nobody knows. */
export type Link = "opening" | "open" | "gone";

/** How the page stands with its server. */
export const link = signal<Link>("opening");
/** Why the database cannot be read at the moment; null if it can. */
export const trouble = signal<string | null>(null);
/** Whether the server knows this browser. null: nobody has asked yet. */
export const signedIn = signal<boolean | null>(null);

/** How long the page waits before it asks a server again that does not answer, or whose stream has ended. */
const AGAIN_MS = 2_000;

/** What a connection needs of the page. */
export interface Ends {
  readonly listen: (study: string | null, hearers: Hearers, opened: (isOpen: boolean) => void) => () => void;
  /** Asks the server anything; rejects with a `Refusal`. */
  readonly probe: () => Promise<unknown>;
}

/**
 * Hears events of a study as long as the page can be seen, and opens the stream again after the server was gone.
 *
 * @returns what ends it.
 */
export function connect(study: string | null, hearers: Hearers, { listen, probe }: Ends): () => void {
  let stop: (() => void) | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  function open(): void {
    close();
    if (isOver || document.hidden) return;
    stop = listen(study, hearers, (isOpen) => {
      if (isOpen) link.value = "open";
      else lost();
    });
  }

  function close(): void {
    clearTimeout(again);
    stop?.();
    stop = null;
  }

  /** The stream has ended: the server is gone, or does not know this browser any more. */
  function lost(): void {
    close();
    const later = (task: () => void): void => {
      again = setTimeout(task, AGAIN_MS);
    };
    probe().then(
      () => !isOver && later(open),
      (fault: unknown) => {
        if (isOver) return;
        if (fault instanceof Refusal && fault.status === 401) signedIn.value = false;
        else {
          link.value = "gone";
          later(lost);
        }
      },
    );
  }

  // Browsers allow a page few connections to one server, so a page that nobody sees holds none.
  const turn = (): void => (document.hidden ? close() : open());
  document.addEventListener("visibilitychange", turn);
  open();
  return () => {
    isOver = true;
    close();
    document.removeEventListener("visibilitychange", turn);
  };
}
