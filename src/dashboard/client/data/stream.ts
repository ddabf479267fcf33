import type { PageEvents } from "../../../report/page/page.ts";

/** Those who hear of events, by the events' names. */
export type Hearers = { readonly [Name in keyof PageEvents]: (data: PageEvents[Name]) => void };

/**
 * Listens to what happens.
 *
 * @param study - Of this study come `trials`, `live` and `analysis`. @default of none
 * @param opened - Whether the stream is open: called at each change.
 * @returns what ends it.
 */
export function listen(
  study: string | null,
  hearers: Hearers,
  opened: (isOpen: boolean) => void,
): () => void {
  const query = study === null ? "" : `?${new URLSearchParams({ study })}`;
  const source = new EventSource(`/api/events${query}`);
  source.addEventListener("open", () => opened(true));
  source.addEventListener("error", () => opened(false));
  const names = Object.keys(hearers) as (keyof PageEvents)[];
  for (const name of names) {
    const hear = hearers[name] as (data: unknown) => void;
    source.addEventListener(name, (event) => hear(JSON.parse((event as MessageEvent<string>).data)));
  }
  return () => source.close();
}
