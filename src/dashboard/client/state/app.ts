import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { PageJson, StudyCardJson } from "../../../report/page/page.ts";
import { api, Refusal } from "../data/api.ts";
import { type Hearers, listen } from "../data/stream.ts";
import { queryValue, route, setQuery } from "./address.ts";
import { commandOn } from "./commands.ts";
import { connect, link, signedIn, trouble } from "./connection.ts";
import { lineOf } from "./fault.ts";
import { studyOf } from "./route.ts";
import { type OpenStudy, openStudy } from "./study-data.ts";

/** With which Belay the page talks, and whether it may act; null before it is known. */
export const page = signal<PageJson | null>(null);
/** The studies of the database; null before they are known. */
export const studies = signal<readonly StudyCardJson[] | null>(null);
/** What the page said last: `copied`, the answer to an order. */
export const said = signal<{ readonly text: string; readonly isError: boolean }>({
  text: "",
  isError: false,
});
/** Why the list of studies cannot be read; null if it can. */
export const studiesError = signal<string | null>(null);

/** The shortest time between two looks at the list of studies. */
const STUDIES_PAUSE_MS = 700;

const open = signal<OpenStudy | null>(null);
/** The study that the view is about; null if it is about none. */
export const study = computed(() => open.value?.data ?? null);
/** Grows when events were missed or a command was given: what is shown of it is to be read again. */
export const ticks = signal(0);

/** Says something in the status line, which screen readers read aloud. */
export function say(text: string, isError = false): void {
  said.value = { text, isError };
}

/** A command on the database of the page, as one would type it. */
export function command(...words: readonly string[]): string {
  return commandOn(page.value?.db ?? "belay.db", ...words);
}

/** Exchanges the token of the address, if there is one, and finds out whether the server knows this browser. Call it once. */
export async function begin(): Promise<void> {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1];
  try {
    if (token !== undefined) {
      history.replaceState(null, "", location.pathname + location.search);
      await api.session(decodeURIComponent(token));
    }
    page.value = await api.page();
    signedIn.value = true;
  } catch (fault) {
    if (fault instanceof Refusal && fault.status === 0) {
      link.value = "gone";
      setTimeout(begin, 2_000);
    } else {
      signedIn.value = false;
      say(lineOf(fault), true);
    }
    return;
  }
  followRoute();
}

/** Reads the list of studies again. */
export async function readStudies(): Promise<void> {
  try {
    studies.value = await api.studies();
    studiesError.value = null;
  } catch (fault) {
    if (fault instanceof Refusal && fault.status === 401) signedIn.value = false;
    studiesError.value = lineOf(fault);
  }
}

/** Opens the study of each view that the address names, and hears of it. */
function followRoute(): void {
  const name = computed(() => studyOf(route.value));
  effect(() => {
    const wanted = name.value;
    return untracked(() => follow(wanted));
  });
}

/** Opens a study, or none, until the function that it returns is called. */
function follow(name: string | null): () => void {
  const now = name === null ? null : openStudy(name, api);
  open.value = now;
  const stopUrl = now ? tieFilter(now) : () => {};
  const stop = connect(name, hearersOf(now), { listen, probe: api.page });
  void readStudies();
  return () => {
    stop();
    stopUrl();
    now?.close();
  };
}

/** The filter of a study is in the address, so that a reload and the button back restore it. */
function tieFilter({ data }: OpenStudy): () => void {
  const fromUrl = effect(() => {
    const text = queryValue("where");
    if (studyOf(route.value) === data.name) data.where.value = text;
  });
  const toUrl = data.where.subscribe((text) => {
    if (text !== queryValue("where")) setQuery({ where: text });
  });
  return () => {
    fromUrl();
    toUrl();
  };
}

let isReading = false;
/** Several events in a row make one look. */
function readStudiesSoon(): void {
  if (isReading) return;
  isReading = true;
  setTimeout(() => {
    isReading = false;
    void readStudies();
  }, STUDIES_PAUSE_MS);
}

function hearersOf(now: OpenStudy | null): Hearers {
  return {
    hello({ versions }) {
      batch(() => {
        link.value = "open";
        ticks.value++;
      });
      now?.changed(versions[now.data.name]);
      readStudiesSoon();
    },
    studies: readStudiesSoon,
    trials({ version }) {
      now?.changed(version);
      readStudiesSoon();
    },
    live: (live) => now?.tookLive(live),
    analysis: ({ name }) => now?.analysed(name),
    trouble({ message }) {
      trouble.value = message;
      if (message !== null) return;
      now?.changed();
      readStudiesSoon();
    },
  };
}
