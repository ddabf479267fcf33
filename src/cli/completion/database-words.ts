import { isName } from "../../core/name.ts";
import { targetNames } from "../../report/importance.ts";
import { DEFAULT_AGGREGATES } from "../../report/query/aggregates.ts";
import { allColumns } from "../../report/query/columns.ts";
import { openSqliteReader } from "../../sqlite/reader.ts";
import { defaultDatabase } from "../../store/command-line.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import type { Wanted } from "./line.ts";
import type { Source } from "./source.ts";

/** The words that only the database knows: names of studies, columns, numbers of trials. */

/** How long another program's lock is waited for: a person waits for the answer. */
const LOCK_MS = 50;

/** How many numbers of trials are offered at most: the newest ones. */
const MOST_TRIALS = 100;

/**
 * Reads the words of a source. It changes no database, creates none, and copies none to read it.
 *
 * @throws all that reading a database throws.
 */
export async function databaseWords(source: Source, wanted: Wanted): Promise<readonly string[]> {
  const file = wanted.line.options.get("db") || defaultDatabase();
  const reader = await openSqliteReader(file, { anySchema: true, lockMs: LOCK_MS, mayCopy: false });
  try {
    if (source === "study") return (await reader.studies()).map(({ name }) => name).filter(isName);
    const study = await reader.study(wanted.line.positionals[0] ?? "");
    return study ? await wordsOf(reader, study, source, wanted) : [];
  } finally {
    await reader.close();
  }
}

async function wordsOf(reader: Reader, study: StudyRow, source: Source, wanted: Wanted): Promise<string[]> {
  switch (source) {
    case "running-trial":
      return (await reader.running(study.id)).map(({ number }) => String(number));
    case "trial": {
      const trials = Object.values(await reader.counts(study.id)).reduce((sum, each) => sum + each, 0);
      const numbers = Array.from({ length: trials }, (_, number) => String(number));
      return numbers.filter((number) => number.startsWith(wanted.typed)).slice(-MOST_TRIALS);
    }
    case "column":
    case "columns":
      return columnsOf(study);
    case "sort":
      return sortable(study, wanted).flatMap((name) => [name, `${name}:desc`]);
    case "target":
      return targetNames(study.directions.length > 1 ? study.directions.length : 0);
    default:
      return [];
  }
}

function columnsOf(study: StudyRow): string[] {
  return allColumns(study).map(({ key }) => key);
}

/** What trials, or groups of them, can be sorted by. */
function sortable(study: StudyRow, { line }: Wanted): string[] {
  const groups = line.options.get("group-by");
  if (groups) return [...groups.split(","), ...(line.options.get("agg")?.split(",") ?? DEFAULT_AGGREGATES)];
  return allColumns(study)
    .filter(({ part }) => part === undefined)
    .map(({ key }) => key);
}
