import { BelayError, didYouMean, show } from "../../core/error.ts";
import { auditEntry } from "../../report/page/audit.ts";
import { studyCard } from "../../report/page/card.ts";
import type { StudyColumns } from "../../report/page/columns.ts";
import { writeFrame } from "../../report/page/frame.ts";
import { studyHead } from "../../report/page/head.ts";
import { studiesHealth } from "../../report/page/health.ts";
import { readLive } from "../../report/page/live.ts";
import { machineSeries, slotSeries } from "../../report/page/memory-series.ts";
import type {
  LiveJson,
  MatchesHead,
  MemoryMarksJson,
  StudyCardJson,
  TrialsJson,
} from "../../report/page/page.ts";
import { marksOf } from "../../report/page/timeline.ts";
import { selectionOf } from "../../report/query/selection.ts";
import { showTrial } from "../../report/show.ts";
import { requireStudy } from "../../report/study.ts";
import { type TrialJson, toTrialJson } from "../../report/trial.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { watchDatabase } from "./database.ts";
import { hostMemory } from "./host-memory.ts";
import { type Matcher, matcher } from "./matching.ts";
import type { Answer, News, QuickCall } from "./protocol.ts";
import { type StudyCache, studyCache } from "./studies.ts";
import { type SummaryCache, summaryCache } from "./summaries.ts";
import { watchStudies } from "./watch.ts";

/** So many rows has the largest page of a table. */
const MOST_ROWS = 500;
/** So many waiting trials are listed, the first ones. */
const MOST_WAITING = 200;
/** So many entries has a page of the audit trail. */
const AUDIT_ROWS = 100;

/** What answers the calls of the quick thread, and watches studies. */
export interface QuickReader {
  answer(call: QuickCall): Promise<Answer>;
  /** @param studies - Those that pages look at; null: no page is open. */
  watch(studies: readonly string[] | null): void;
}

/** Answers what a page asks often, from columns in memory as far as they have it. */
export function quickReader(db: string, tell: (news: News) => void): QuickReader {
  const database = watchDatabase(db);
  const cache = studyCache();
  const memory = hostMemory();
  const find = matcher();
  const summaries = summaryCache();
  let generation = 0;

  function use<T>(read: (reader: Reader) => Promise<T>): Promise<T> {
    return database.use((reader) => {
      if (generation !== database.generation) {
        cache.clear();
        summaries.clear();
      }
      generation = database.generation;
      return read(reader);
    });
  }

  async function live(reader: Reader, study: StudyRow): Promise<LiveJson> {
    const rssOf = memory.of(await reader.owner(study.id));
    // While the trials are being read for the first time, nobody is kept waiting for the list.
    const columns = cache.known(study) && (await cache.current(reader, study.name));
    const waiting = columns?.numbersIn(["waiting"]).slice(0, MOST_WAITING) ?? [];
    return readLive(reader, study, { db, rssOf, waiting, nowMs: Date.now() });
  }

  const watcher = watchStudies({ use, cache, live, tell });
  return {
    answer: (call) => use((reader) => answer(reader, { call, db, cache, find, live, summaries })),
    watch: watcher.watch,
  };
}

/** A call with what answers it. */
interface Asked {
  readonly call: QuickCall;
  readonly db: string;
  readonly cache: StudyCache;
  readonly find: Matcher;
  readonly summaries: SummaryCache;
  readonly live: (reader: Reader, study: StudyRow) => Promise<LiveJson>;
}

async function answer(reader: Reader, asked: Asked): Promise<Answer> {
  const { call, db, cache, find, live, summaries } = asked;
  switch (call.kind) {
    case "studies":
      return json(await studyCards(reader, asked));
    case "health":
      return json(await studiesHealth(reader, Date.now()));
    case "warm": {
      const studies = await reader.studies();
      const likely = studies.findLast(({ state }) => state === "running") ?? studies.at(-1);
      if (likely) await cache.timeline(reader, likely.name);
      return json(likely?.name ?? null);
    }
    case "head": {
      const study = await requireStudy(reader, call.study);
      return json(studyHead(study, await summaries.of(reader, study), cache.known(study)));
    }
    case "peek": {
      const study = await requireStudy(reader, call.study);
      return json({ version: cache.known(study)?.version ?? 0 });
    }
    case "stamp": {
      const { version, study } = await cache.current(reader, call.study);
      return json({ version, ...(await stampOf(reader, study.name, summaries)) });
    }
    case "columns": {
      const needsSplits = call.names.some((name) => /^split(s$|\.)/.test(name));
      const columns = await cache[needsSplits ? "withSplits" : "current"](reader, call.study);
      checkNames(columns, call.names);
      return frame(columns.frame(call.names, call.since), columns.version);
    }
    case "matches": {
      const columns = await cache.current(reader, call.study);
      const { bits, count } = await find.matching(reader, columns, call.where);
      const head: MatchesHead = {
        ...{ version: columns.version, rows: columns.rows, whole: true, count },
        columns: [{ name: "matches", type: "u1" }],
      };
      return frame(writeFrame(head, [bits]), columns.version);
    }
    case "trials":
      return json(await trialsPage(reader, { call, cache, find }));
    case "trial":
      return json(await showTrial(reader, call.study, call.number, db));
    case "live":
      return json(await live(reader, await requireStudy(reader, call.study)));
    case "timeline": {
      const { columns, timeline } = await cache.timeline(reader, call.study);
      return frame(timeline.frame(columns.version));
    }
    case "slotMemory":
      return frame(await slotSeries(reader, await requireStudy(reader, call.study), call.sinceMs));
    case "machine":
      return frame(await machineSeries(reader, await requireStudy(reader, call.study), call.sinceMs));
    case "marks": {
      const { timeline } = await cache.timeline(reader, call.study);
      const { reserveBytes } = (await requireStudy(reader, call.study)).limits;
      return json({ reserveBytes, marks: marksOf(timeline, call.sinceMs) } satisfies MemoryMarksJson);
    }
    case "audit": {
      const { id } = await requireStudy(reader, call.study);
      const entries = await reader.audit(id, { beforeId: call.before ?? undefined, limit: AUDIT_ROWS });
      return json(entries.map(auditEntry));
    }
  }
}

/** What the analyses of a study depend on besides its trials. */
async function stampOf(
  reader: Reader,
  name: string,
  summaries: SummaryCache,
): Promise<{ readonly stamp: string; readonly isLive: boolean }> {
  const study = await requireStudy(reader, name);
  const { state, owner, target } = await summaries.of(reader, study);
  const stamp = JSON.stringify([state, owner?.since, target, study.limits, study.settings]);
  return { stamp, isLive: owner !== null };
}

function studyCards(
  reader: Reader,
  { db, cache, summaries }: Pick<Asked, "db" | "cache" | "summaries">,
): Promise<StudyCardJson[]> {
  return reader.snapshot(async (now) => {
    const cards: StudyCardJson[] = [];
    const nowMs = Date.now();
    for (const study of await now.studies()) {
      const context = { columns: cache.known(study), db, nowMs };
      cards.push(studyCard(study, await summaries.of(now, study), context));
    }
    return cards;
  });
}

async function trialsPage(
  reader: Reader,
  { call, cache, find }: Pick<Asked, "cache" | "find"> & { readonly call: TrialsCall },
): Promise<TrialsJson> {
  const { offset, limit } = call;
  const row = await requireStudy(reader, call.study);
  if (!cache.known(row) && call.where === "") return firstPage(reader, row, call);
  const columns = await cache.current(reader, call.study);
  const { study, version } = columns;
  const sorted = await find.sorted(reader, columns, call);
  const wanted: number[] = Array.prototype.slice.call(sorted, offset, offset + Math.min(limit, MOST_ROWS));
  const filter = { kind: "in", field: { name: "number" }, values: wanted } as const;
  const rows = new Map<number, TrialJson>();
  if (wanted.length > 0)
    for await (const page of reader.trials(study, { filter }))
      for (const trial of page) rows.set(trial.number, toTrialJson(trial));
  return {
    version,
    count: sorted.length,
    offset,
    trials: wanted.flatMap((number) => rows.get(number) ?? []),
  };
}

type TrialsCall = Extract<QuickCall, { kind: "trials" }>;

/** A page of all trials while the columns are not there yet: the database has it sooner. */
async function firstPage(
  reader: Reader,
  study: StudyRow,
  { sort, offset, limit }: TrialsCall,
): Promise<TrialsJson> {
  const keys = sort.length > 0 ? { sort: sort.join(",") } : {};
  const selection = selectionOf(study, { ...keys, offset, limit: Math.min(limit, MOST_ROWS) });
  const counts = Object.values(await reader.counts(study.id));
  const trials: TrialJson[] = [];
  for await (const page of reader.trials(study, selection)) trials.push(...page.map(toTrialJson));
  return { version: 0, count: counts.reduce((sum, count) => sum + count, 0), offset, trials };
}

/** @throws BelayError `usage`: a column is unknown. */
function checkNames({ columns }: StudyColumns, names: readonly string[]): void {
  const unknown = names.find((name) => !columns.has(name));
  if (unknown === undefined) return;
  const hint = didYouMean(unknown, columns.keys(), show);
  throw new BelayError(
    "usage",
    `column: expected one that the head of the study names, got ${show(unknown)}${hint}`,
  );
}

const json = (data: unknown): Answer => ({ kind: "json", text: JSON.stringify(data) });
const frame = (bytes: Uint8Array<ArrayBuffer>, version?: number): Answer => ({
  ...{ kind: "frame", bytes },
  ...(version !== undefined && { version }),
});
