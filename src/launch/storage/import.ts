import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { basename, extname } from "node:path";
import { BelayError, show } from "../../core/error.ts";
import { isName, NAME_RULE } from "../../core/name.ts";
import type { Direction } from "../../core/search/direction.ts";
import type { Space } from "../../core/space/space.ts";
import { belayTrials } from "../../interop/belay.ts";
import { readOptuna } from "../../interop/optuna/read.ts";
import { tableFile } from "../../interop/table/rows.ts";
import { tableStudy } from "../../interop/table/study.ts";
import { currentIdentity } from "../../machine/identity.ts";
import { requireStudy } from "../../report/study.ts";
import { DEFAULT_SAMPLER } from "../../sampler/registry.ts";
import { openDatabase } from "../../sqlite/database.ts";
import { typedPath } from "../../store/command-line.ts";
import { IMPORTED, type ImportedStudy } from "../../store/imported.ts";
import type { NewStudy, StudyRow } from "../../store/records.ts";
import type { Listen } from "../events.ts";
import { GRACE_MS, SETUP_TIMEOUT_MS } from "../settings.ts";
import { checkDatabase, studyExists, withReader } from "./databases.ts";
import { openStore } from "./stores.ts";

/** A request to copy a study from another file into a database. */
export interface ImportRequest {
  /** The database's file, without symbolic links. It is created if it is missing. */
  readonly db: string;
  /** A database of Optuna (SQLite) or of Belay, or a table: csv, or ndjson. */
  readonly file: string;
  /** The study in that file. @default the only one */
  readonly study?: string | undefined;
  /** The name of the new study. @default the one in the file */
  readonly name?: string | undefined;
  /** Of a table: the columns of the values, one for each direction. */
  readonly values?: readonly string[] | undefined;
  /** Of a table: whether each value is to be small or large. */
  readonly directions?: readonly string[] | undefined;
  /** Of a table: the columns of the params. @default all others */
  readonly params?: readonly string[] | undefined;
}

/** What was imported. */
export interface ImportSummary {
  readonly study: string;
  readonly from: "optuna" | "belay" | "csv" | "ndjson";
  readonly trials: number;
}

/**
 * Copies a study from another file into a database, in one transaction: all of it, or nothing.
 *
 * @throws BelayError `usage`, one line that begins with the file: it is of no known kind, lacks the study, or the name is taken.
 */
export async function importStudy(request: ImportRequest, listen: Listen): Promise<ImportSummary> {
  const { db, file } = request;
  const from = kindOf(file);
  refuseOtherOptions(request, from);
  const isNew = !existsSync(db);
  try {
    checkDatabase(db, listen);
    if (request.name !== undefined) await freeName(db, request.name);
    const added = await importFrom(from, request);
    return { ...added, from };
  } catch (error) {
    if (isNew) for (const end of ["", "-wal", "-shm"]) rmSync(db + end, { force: true });
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    if (String(code).startsWith("SQLITE_"))
      throw new BelayError("store", `${typedPath(file)}: cannot be read: ${message}`, { cause: error });
    if (!(error instanceof BelayError) || error.code === "store") throw error;
    throw new BelayError("usage", `${typedPath(file)}: ${error.message}`, { cause: error });
  }
}

/** The name of the new study, and how many trials it has. */
type Added = Pick<ImportSummary, "study" | "trials">;

function importFrom(from: ImportSummary["from"], request: ImportRequest): Promise<Added> {
  if (from === "optuna") return importOptuna(request);
  return from === "belay" ? importBelay(request) : importTable(from, request);
}

/** Refuses options that mean nothing for the file. */
function refuseOtherOptions(request: ImportRequest, from: ImportSummary["from"]): void {
  const isTable = from === "csv" || from === "ndjson";
  const given = isTable
    ? { study: request.study }
    : { "value-column": request.values, direction: request.directions, params: request.params };
  for (const [option, value] of Object.entries(given))
    if (value !== undefined)
      throw new BelayError(
        "usage",
        `--${option}: expected ${isTable ? "a database" : "a table"}, got ${from}`,
      );
}

/** @throws BelayError `usage`: there is no file, or it is none that can be imported. */
function kindOf(file: string): ImportSummary["from"] {
  const refuse = (got: string): BelayError =>
    new BelayError(
      "usage",
      `file: expected a database of Optuna (SQLite) or of Belay, a .csv or a .ndjson, got ${got}`,
    );
  if (!existsSync(file)) throw refuse(`a file that does not exist: ${typedPath(file)}`);
  if (!isSqlite(file)) {
    const kind = { ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson" } as const;
    const extension = extname(file).toLowerCase();
    if (Object.hasOwn(kind, extension) && statSync(file).isFile())
      return kind[extension as keyof typeof kind];
    throw refuse(`another file: ${typedPath(file)}`);
  }
  const source = openDatabase(file, { readonly: true });
  try {
    const tables = source.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
    if (tables.includes("trial_intermediate_values") && tables.includes("version_info")) return "optuna";
    if (tables.includes("attempts") && tables.includes("owners")) return "belay";
    throw refuse(`another database: ${typedPath(file)}`);
  } catch (error) {
    if (error instanceof BelayError) throw error;
    throw refuse(`one that cannot be read (${(error as Error).message}): ${typedPath(file)}`);
  } finally {
    source.close();
  }
}

/** Whether a file begins as every database of SQLite does. */
function isSqlite(file: string): boolean {
  const handle = openSync(file, "r");
  try {
    const head = Buffer.alloc(16);
    readSync(handle, head);
    return head.toString("latin1") === "SQLite format 3\0";
  } catch {
    return false; // a folder
  } finally {
    closeSync(handle);
  }
}

async function importOptuna({ db, file, study, name }: ImportRequest): Promise<Added> {
  const source = openDatabase(file, { readonly: true });
  try {
    source.exec("BEGIN"); // one state of the file for both readings
    const read = await readOptuna(source, study);
    const record = recordOf(await freeName(db, name ?? read.name), read.directions, read);
    const { createdAtMs, endDetail } = read;
    const trials = read.trials();
    return await write(db, { record, createdAtMs: createdAtMs ?? Date.now(), endDetail, trials });
  } finally {
    source.close();
  }
}

async function importTable(
  format: "csv" | "ndjson",
  { db, file, name, values, directions, params }: ImportRequest,
): Promise<Added> {
  if (!values) throw new BelayError("usage", "--value-column: expected the column of the value, got none");
  const wanted = directions ?? [];
  const known = wanted.filter((each): each is Direction => each === "minimize" || each === "maximize");
  if (known.length !== values.length || known.length !== wanted.length)
    throw new BelayError(
      "usage",
      `--direction: expected minimize or maximize for each of ${values.join(", ")}, got ${wanted.length === 0 ? "none" : wanted.map(show).join(", ")}`,
    );
  const { size, mtimeMs } = statSync(file);
  const table = await tableStudy(tableFile(file, format, size), { values, params }, Math.round(mtimeMs));
  const free = await freeName(db, name ?? basename(file, extname(file)));
  const record = recordOf(free, known, table);
  return write(db, { record, createdAtMs: Date.now(), endDetail: null, trials: table.trials });
}

/** The row of a study that Belay has not run. */
function recordOf(
  name: string,
  directions: readonly Direction[],
  { space, count }: { readonly space: Space; readonly count: number },
): NewStudy {
  return {
    ...{ name, directions, space },
    ...{ splitCount: 1, splitHash: IMPORTED, codeHash: IMPORTED, studyFile: "" },
    ...{ seed: 0, sampler: DEFAULT_SAMPLER, pruner: "none", backend: null, noise: false },
    ...{ trials: count, maxAttempts: 3, settings: {} },
    limits: {
      ...{ setupTimeoutMs: SETUP_TIMEOUT_MS, splitTimeoutMs: null, trialTimeoutMs: null },
      ...{ memoryBytes: null, reserveBytes: 0, graceMs: GRACE_MS },
    },
  };
}

function importBelay({ db, file, study, name }: ImportRequest): Promise<Added> {
  return withReader(file, (reader) =>
    reader.snapshot(async (state) => {
      const row = await requireStudy(state, study ?? onlyName(await state.studies()));
      const record: NewStudy = { ...row, name: await freeName(db, name ?? row.name) };
      const { createdAtMs, endDetail } = row;
      const learned = await state.learned(row.id);
      return write(db, { record, createdAtMs, endDetail, learned, trials: belayTrials(state, row) });
    }),
  );
}

function onlyName(studies: readonly StudyRow[]): string {
  if (studies.length === 1) return studies[0]!.name;
  const names = studies.slice(0, 8).map(({ name }) => show(name));
  throw new BelayError(
    "usage",
    studies.length === 0
      ? "expected a study in the file, got none"
      : `--study: expected one of the ${studies.length} studies in the file, got none: ${names.join(", ")}`,
  );
}

/** @throws BelayError `usage`: no name for a study, or one that is taken. */
async function freeName(db: string, name: string): Promise<string> {
  if (!isName(name)) throw new BelayError("usage", `--name: expected ${NAME_RULE}, got ${show(name)}`);
  if (await studyExists(db, name))
    throw new BelayError(
      "usage",
      `--name: expected a new name, got ${show(name)}, which is in ${typedPath(db)}`,
    );
  return name;
}

async function write(db: string, study: ImportedStudy): Promise<Added> {
  const store = openStore(db);
  try {
    return { study: study.record.name, trials: await store.importStudy(study, currentIdentity()) };
  } finally {
    await store.close();
  }
}
