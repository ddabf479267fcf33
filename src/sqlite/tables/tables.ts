import type { Database } from "better-sqlite3";
import { attemptTable } from "./attempts.ts";
import { commandTable } from "./commands.ts";
import { eventTable } from "./events.ts";
import { invalidTable } from "./invalid.ts";
import { learnedTable } from "./learned.ts";
import { memoryTable } from "./memory.ts";
import { metricsTable } from "./metrics.ts";
import { ownerTable } from "./owners.ts";
import { parkedTable } from "./parked.ts";
import { retentionTable } from "./retention.ts";
import { slotTables } from "./slots.ts";
import { splitTable } from "./splits.ts";
import { studyTable } from "./studies.ts";
import { trialTable } from "./trials.ts";

/** The prepared statements of all tables. Those that write are called in a transaction of the writer. */
export interface Tables {
  readonly studies: ReturnType<typeof studyTable>;
  readonly owners: ReturnType<typeof ownerTable>;
  readonly trials: ReturnType<typeof trialTable>;
  readonly parked: ReturnType<typeof parkedTable>;
  readonly attempts: ReturnType<typeof attemptTable>;
  readonly splits: ReturnType<typeof splitTable>;
  readonly memory: ReturnType<typeof memoryTable>;
  readonly commands: ReturnType<typeof commandTable>;
  readonly events: ReturnType<typeof eventTable>;
  readonly invalid: ReturnType<typeof invalidTable>;
  readonly learned: ReturnType<typeof learnedTable>;
  readonly metrics: ReturnType<typeof metricsTable>;
  readonly slots: ReturnType<typeof slotTables>;
  readonly retention: ReturnType<typeof retentionTable>;
}

export function prepareTables(db: Database): Tables {
  return {
    studies: studyTable(db),
    owners: ownerTable(db),
    trials: trialTable(db),
    parked: parkedTable(db),
    attempts: attemptTable(db),
    splits: splitTable(db),
    memory: memoryTable(db),
    commands: commandTable(db),
    events: eventTable(db),
    invalid: invalidTable(db),
    learned: learnedTable(db),
    metrics: metricsTable(db),
    slots: slotTables(db),
    retention: retentionTable(db),
  };
}
