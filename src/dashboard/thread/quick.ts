import { BelayError, didYouMean, show } from "../../core/error.ts";
import { summarize } from "../../report/list.ts";
import { studyCard } from "../../report/page/card.ts";
import type { StudyColumns } from "../../report/page/columns.ts";
import { writeFrame } from "../../report/page/frame.ts";
import { studyHead } from "../../report/page/head.ts";
import type { MatchesHead, StudyCardJson, TrialsJson } from "../../report/page/page.ts";
import { filterOf, selectionOf } from "../../report/query/selection.ts";
import { showTrial } from "../../report/show.ts";
import { requireStudy } from "../../report/study.ts";
import { toTrialJson } from "../../report/trial.ts";
import type { Reader } from "../../store/reader.ts";
import { watchDatabase } from "./database.ts";
import type { Answer, Call } from "./protocol.ts";
import { studyCache } from "./studies.ts";

/** So many rows has the largest page of a table. */
const MOST_ROWS = 500;

/** Answers what a page asks often, from columns in memory as far as they have it. */
export function quickReader(db: string): (call: Call) => Promise<Answer> {
  const database = watchDatabase(db);
  const cache = studyCache();
  let generation = 0;

  async function answer(reader: Reader, call: Call): Promise<Answer> {
    if (generation !== database.generation) cache.clear();
    generation = database.generation;
    switch (call.kind) {
      case "studies":
        return json(await studyCards(reader));
      case "head": {
        const study = await requireStudy(reader, call.study);
        return json(studyHead(study, await summarize(reader, study), cache.known(study)));
      }
      case "columns": {
        const columns = await cache.current(reader, call.study);
        checkNames(columns, call.names);
        return frame(columns.frame(call.names, call.since));
      }
      case "matches": {
        const columns = await cache.current(reader, call.study);
        const { bits, count } = await matching(reader, columns, call.where);
        const head: MatchesHead = {
          ...{ version: columns.version, rows: columns.rows, whole: true, count },
          columns: [{ name: "matches", type: "u1" }],
        };
        return frame(writeFrame(head, [bits]));
      }
      case "trials":
        return json(await trialsPage(reader, call));
      case "trial":
        return json(await showTrial(reader, call.study, call.number, db));
    }
  }

  function studyCards(reader: Reader): Promise<StudyCardJson[]> {
    return reader.snapshot(async (now) => {
      const cards: StudyCardJson[] = [];
      const nowMs = Date.now();
      for (const study of await now.studies()) {
        const context = { columns: cache.known(study), db, nowMs };
        cards.push(studyCard(study, await summarize(now, study), context));
      }
      return cards;
    });
  }

  async function trialsPage(reader: Reader, call: Extract<Call, { kind: "trials" }>): Promise<TrialsJson> {
    const { where, sort, offset } = call;
    const columns = await cache.current(reader, call.study);
    const selection = selectionOf(columns.study, {
      ...(where !== "" && { where }),
      ...(sort.length > 0 && { sort: sort.join(",") }),
      limit: Math.min(call.limit, MOST_ROWS),
      offset,
    });
    const count = where === "" ? columns.rows : (await matching(reader, columns, where)).count;
    const trials = [];
    for await (const page of reader.trials(columns.study, selection)) trials.push(...page.map(toTrialJson));
    return { version: columns.version, count, offset, trials };
  }

  return (call) => database.use((reader) => answer(reader, call));
}

/** Which rows a filter selects: a bit for each. An empty text selects all. */
async function matching(
  reader: Reader,
  columns: StudyColumns,
  where: string,
): Promise<{ readonly bits: Uint8Array; readonly count: number }> {
  const { study, rows } = columns;
  const bits = new Uint8Array(Math.ceil(rows / 8));
  const selection = filterOf(study, where === "" ? {} : { where });
  let count = 0;
  for await (const page of reader.cells(study, [{ name: "number" }], selection)) {
    for (const [number] of page) {
      const row = columns.rowOf(Number(number));
      if (row < 0) continue; // it has begun since
      bits[row >> 3]! |= 1 << (row & 7);
      count++;
    }
  }
  return { bits, count };
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
const frame = (bytes: Uint8Array<ArrayBuffer>): Answer => ({ kind: "frame", bytes });
