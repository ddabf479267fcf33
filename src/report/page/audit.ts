import type { Json } from "../../core/trial.ts";
import type { AuditRecord } from "../../store/activity.ts";
import { auditText } from "../audit.ts";
import { toIso } from "../study.ts";
import type { AuditEntryJson } from "./page.ts";

/** An entry of the audit trail, with a line for people. */
export function auditEntry(record: AuditRecord): AuditEntryJson {
  const { id, atMs, kind, trial, who, ok, detail, changes, asked, sentAtMs } = record;
  return {
    ...{ id, at: toIso(atMs), kind, trial, who, ok, text: auditText(record) },
    detail: {
      ...detail,
      ...(changes.length > 0 && { changes: changes.map((change): Json => ({ ...change })) }),
      ...(asked !== null && { asked }),
      ...(sentAtMs !== null && { sentAtMs }),
    },
  };
}
