import type { Database } from "better-sqlite3";
import type { Trace, TracedReport, TracedSplit } from "../../store/trace.ts";
import { requireIntact } from "../checksum/intact.ts";
import { toList, toValues } from "../rows.ts";
import { type RawAttempt, type RawReading, READING_ORDER, toAttempt, toReading } from "./attempts.ts";

interface OfTrial {
  readonly trial_id: number;
}

interface RawSplit extends OfTrial {
  readonly split: number;
  readonly attempt: number;
  readonly value: number | null;
  readonly all_values: string | null;
  readonly constraints: string | null;
  readonly duration_ms: number;
  readonly rss_bytes: number | null;
  readonly recorded_at: number;
}

interface RawReport extends OfTrial {
  readonly attempt: number;
  readonly split: number;
  readonly step: number;
  readonly value: number | null;
  readonly reported_at: number;
}

/** Reads all that was recorded while trials ran. @throws DamagedRow if a row of theirs does not fit its checksum. */
export function readTraces(db: Database, trialIds: readonly number[]): ReadonlyMap<number, Trace> {
  const wanted = JSON.stringify(trialIds);
  const rowsOf = <Raw extends OfTrial>(table: Parameters<typeof requireIntact>[1], order: string) => {
    const rows = db.prepare<[string], Raw>(
      `SELECT * FROM ${table} WHERE trial_id IN (SELECT value FROM json_each(?)) ORDER BY trial_id, ${order}`,
    );
    const grouped = new Map<number, Raw[]>();
    for (const row of rows.all(wanted)) {
      requireIntact(db, table, row);
      const list = grouped.get(row.trial_id);
      if (list) list.push(row);
      else grouped.set(row.trial_id, [row]);
    }
    return grouped;
  };
  const splits = rowsOf<RawSplit>("splits", "recorded_at, split");
  const reports = rowsOf<RawReport>("reports", "id");
  const memory = rowsOf<RawReading & OfTrial>("memory_log", READING_ORDER);
  const traces = new Map<number, Trace>();
  for (const [id, attempts] of rowsOf<RawAttempt & OfTrial>("attempts", "attempt")) {
    const ofTrial = splits.get(id) ?? [];
    const splitsOf = (attempt: number): number[] =>
      ofTrial.filter((raw) => raw.attempt === attempt).map(({ split }) => split);
    traces.set(id, {
      attempts: attempts.map((raw) =>
        toAttempt(
          raw,
          splitsOf(raw.attempt).sort((a, b) => a - b),
        ),
      ),
      splits: ofTrial.map(toSplit),
      reports: (reports.get(id) ?? []).map(toReport),
      memory: (memory.get(id) ?? []).map(toReading),
    });
  }
  return traces;
}

function toSplit(raw: RawSplit): TracedSplit {
  return {
    ...{ split: raw.split, attempt: raw.attempt, value: raw.value },
    values: toValues(raw.value, raw.all_values),
    constraints: toList(raw.constraints),
    ...{ durationMs: raw.duration_ms, rssBytes: raw.rss_bytes, atMs: raw.recorded_at },
  };
}

function toReport({ attempt, split, step, value, reported_at }: RawReport): TracedReport {
  return { attempt, split, step, value, atMs: reported_at };
}
