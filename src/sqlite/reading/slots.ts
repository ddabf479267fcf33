import type { Database } from "better-sqlite3";
import { SLOT_MEMORY_MS, type SlotMemoryRecord, type SlotRecord } from "../../store/activity.ts";

const PAGE = 2_000;

export function readSlots(db: Database, studyId: number): SlotRecord[] {
  const slots = db.prepare<[number], SlotRecord>(
    `SELECT slot, at AS atMs, state, trial, split, nth, split_started_at AS splitStartedAtMs,
       split_timeout_ms AS splitTimeoutMs, rss_bytes AS rssBytes, limit_bytes AS limitBytes, pid
     FROM slots WHERE study_id = ? ORDER BY slot`,
  );
  return slots.all(studyId);
}

/** Reads the memory of slots over time, oldest first and then by slot, a page at a time. */
export function* readSlotMemory(
  db: Database,
  studyId: number,
  sinceMs: number,
): Generator<SlotMemoryRecord[]> {
  const page = db.prepare<[number, number, number], SlotMemoryRecord>(
    `SELECT at AS atMs, slot, min_bytes AS minBytes, max_bytes AS maxBytes, trial, limit_bytes AS limitBytes
     FROM slot_memory WHERE study_id = ? AND (at, slot) > (?, ?) ORDER BY at, slot LIMIT ${PAGE}`,
  );
  let last = { atMs: Math.floor(sinceMs / SLOT_MEMORY_MS) * SLOT_MEMORY_MS, slot: -1 };
  for (;;) {
    const rows = page.all(studyId, last.atMs, last.slot);
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE) return;
    last = rows.at(-1)!;
  }
}
