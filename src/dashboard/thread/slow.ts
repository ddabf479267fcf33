import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareStudies } from "../../report/compare/compare.ts";
import { exportLines } from "../../report/export.ts";
import { importanceOf } from "../../report/importance.ts";
import { kills } from "../../report/kills/kills.ts";
import { memoryReport } from "../../report/memory/memory.ts";
import { allColumns } from "../../report/query/columns.ts";
import { filterOf } from "../../report/query/selection.ts";
import { showStudy } from "../../report/show.ts";
import { requireStudy } from "../../report/study.ts";
import { summaryOf } from "../../report/summary/summary.ts";
import type { Reader } from "../../store/reader.ts";
import { watchDatabase } from "./database.ts";
import type { AnalysisKind, Answer, SlowCall } from "./protocol.ts";

/** So many readings has the log of the memory report: the columns have those of all trials. */
const LOG_ROWS = 200;

/** Computes what takes longer than a page should wait for. */
export function slowReader(db: string): (call: SlowCall) => Promise<Answer> {
  const database = watchDatabase(db);
  const exports = new Map<number, AsyncIterator<Uint8Array<ArrayBuffer>>>();
  let count = 0;

  /** Holds the database as long as the pieces are asked for. */
  function begin(call: Extract<SlowCall, { kind: "export" }>): Promise<number> {
    return database.use(async (reader) => {
      const study = await requireStudy(reader, call.study);
      filterOf(study, call.where === "" ? {} : { where: call.where }); // refuses a wrong one before anything is sent
      const id = count++;
      exports.set(id, piecesOf(reader, call));
      return id;
    });
  }

  return async (call) => {
    switch (call.kind) {
      case "analysis":
        return json(await database.use((reader) => analyse(reader, call.study, call.name)));
      case "compare":
        return json(await database.use((reader) => compareStudies(reader, call.studies)));
      case "export":
        return json(await begin(call));
      case "next": {
        const { value, done } = (await exports.get(call.id)?.next()) ?? { value: undefined, done: true };
        if (done) exports.delete(call.id);
        return { kind: "frame", bytes: done ? new Uint8Array() : value };
      }
      case "end":
        await exports.get(call.id)?.return?.();
        exports.delete(call.id);
        return json(null);
    }
  };
}

async function analyse(reader: Reader, study: string, name: AnalysisKind): Promise<unknown> {
  switch (name) {
    case "summary":
      return summaryOf(reader, study);
    case "show":
      return showStudy(reader, study);
    case "importance":
      return importanceOf(reader, study);
    case "kills":
      return kills(reader, study);
    case "memory": {
      const report = await memoryReport(reader, study);
      return { ...report, log: report.log.slice(-LOG_ROWS) };
    }
  }
}

/** The pieces of an export. A Parquet file is written as a whole first, because its end says what is in it. */
async function* piecesOf(
  reader: Reader,
  { study: name, format, where }: Extract<SlowCall, { kind: "export" }>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const study = await requireStudy(reader, name);
  const selection = filterOf(study, where === "" ? {} : { where });
  if (format !== "parquet") {
    for await (const lines of exportLines(reader, study, format, selection))
      if (lines.length > 0) yield new TextEncoder().encode(`${lines.join("\n")}\n`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "belay-export-"));
  try {
    const file = join(folder, "trials.parquet");
    const { writeParquet } = await import("../../interop/parquet/write.ts"); // it brings its own encoder
    await writeParquet(file, reader, study, { columns: allColumns(study), selection });
    for await (const piece of createReadStream(file)) yield new Uint8Array(piece as Buffer);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const json = (data: unknown): Answer => ({ kind: "json", text: JSON.stringify(data) });
