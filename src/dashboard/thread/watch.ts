import { liveness } from "../../machine/identity.ts";
import type { LiveJson } from "../../report/page/page.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { refusalOf } from "../refusal.ts";
import type { News } from "./protocol.ts";
import type { StudyCache } from "./studies.ts";

/** How often the database is looked at, and so how soon pages hear of a change. */
const LOOK_MS = 250;
/** How often pages hear of the trials of a study at most: each time they read what has changed, and draw it. */
const TRIALS_MS = 1_000;
/** How often pages hear what runs, and whether the list of studies has changed. */
const LIVE_MS = 1_000;

/** What watching needs. */
interface Watching {
  use<T>(read: (reader: Reader) => Promise<T>): Promise<T>;
  readonly cache: StudyCache;
  live(reader: Reader, study: StudyRow): Promise<LiveJson>;
  tell(news: News): void;
}

/** What was told last of a study. */
interface Told {
  version: number;
  live: string;
  /** Whether the database has changed since its trials were looked at. */
  isBehind: boolean;
  trialsAtMs: number;
}

/** Watches a database while pages are open, and tells what has changed. */
export function watchStudies({ use, cache, live, tell }: Watching) {
  let watched: readonly string[] | null = null;
  let isLooking = false;
  let version: number | null = null;
  let liveAtMs = Number.NEGATIVE_INFINITY;
  let trouble: string | null = null;
  let listed: string | null = null;
  let isWarming = false;
  const warmed = new Set<number>();
  const told = new Map<string, Told>();

  async function look(reader: Reader): Promise<void> {
    const now = await reader.version();
    const isChanged = now !== version;
    const isLiveDue = performance.now() - liveAtMs >= LIVE_MS;
    if (isLiveDue) liveAtMs = performance.now();
    version = now;
    if (isLiveDue) await lookAtList(reader);
    for (const name of watched ?? []) await lookAt(reader, name, { isChanged, isLiveDue });
  }

  async function lookAt(
    reader: Reader,
    name: string,
    { isChanged, isLiveDue }: { readonly isChanged: boolean; readonly isLiveDue: boolean },
  ): Promise<void> {
    const row = await reader.study(name);
    if (!row) return; // it has been deleted, or is still to come
    const known = told.get(name) ?? { version: 0, live: "", isBehind: true, trialsAtMs: -TRIALS_MS };
    told.set(name, known);
    known.isBehind ||= isChanged;
    if (known.isBehind && performance.now() - known.trialsAtMs >= TRIALS_MS) {
      known.isBehind = false;
      known.trialsAtMs = performance.now();
      const { version } = await cache.current(reader, name);
      if (version !== known.version) tell({ name: "trials", data: { study: name, version } });
      known.version = version;
    }
    if (!isLiveDue) return;
    const data = { study: name, ...(await live(reader, row)) };
    const { atMs: _, heartbeatAgeMs: __, ...rest } = data;
    const text = JSON.stringify(rest);
    if (data.owner !== null || text !== known.live) tell({ name: "live", data });
    known.live = text;
  }

  /** Reads the trials of a study of which only its row is known, so that the list of studies has all its figures. */
  function warm(studies: readonly StudyRow[]): void {
    const next = isWarming ? undefined : studies.findLast(({ id }) => !warmed.has(id));
    if (!next) return;
    isWarming = true;
    warmed.add(next.id);
    const wasKnown = cache.known(next) !== null;
    use((reader) => cache.current(reader, next.name))
      .then(() => {
        if (!wasKnown) listed = ""; // the list has changed
      })
      .catch(() => {}) // the next look says what is wrong
      .finally(() => {
        isWarming = false;
      });
  }

  async function lookAtList(reader: Reader): Promise<void> {
    const studies = await reader.studies();
    warm(studies);
    const parts: unknown[] = [];
    for (const { id, name, state, trials } of studies) {
      const runs = state === "running" || state === "paused";
      const owner = runs ? await reader.owner(id) : null;
      const isLive = owner !== null && owner.releasedAtMs === null && liveness(owner) !== "dead";
      parts.push(name, state, trials, isLive, isLive ? await reader.counts(id) : null);
    }
    const list = JSON.stringify(parts);
    if (list !== listed) tell({ name: "studies", data: { count: studies.length } });
    listed = list;
  }

  async function round(): Promise<void> {
    if (watched === null) {
      isLooking = false;
      return;
    }
    try {
      await use(look);
      if (trouble !== null) tell({ name: "trouble", data: { message: null } });
      trouble = null;
    } catch (error) {
      const { message } = refusalOf(error);
      if (message !== trouble) tell({ name: "trouble", data: { message } });
      trouble = message;
      version = null;
    }
    setTimeout(round, LOOK_MS);
  }

  return {
    /** @param studies - Those that pages look at; null: no page is open. */
    watch(studies: readonly string[] | null): void {
      watched = studies;
      for (const name of [...told.keys()]) if (!studies?.includes(name)) told.delete(name);
      if (studies === null || isLooking) return;
      isLooking = true;
      round();
    },
  };
}
