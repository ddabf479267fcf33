import type { Json } from "../../core/trial.ts";
import type { AuditRecord } from "../../store/activity.ts";
import { toIso } from "../study.ts";
import type { AuditEntryJson } from "./page.ts";

/** An entry of the audit trail, with a line for people. */
export function auditEntry(record: AuditRecord): AuditEntryJson {
  const { id, atMs, kind, trial, who, ok, detail, changes, asked, sentAtMs } = record;
  return {
    ...{ id, at: toIso(atMs), kind, trial, who, ok, text: textOf(record) },
    detail: {
      ...detail,
      ...(changes.length > 0 && { changes: changes.map((change): Json => ({ ...change })) }),
      ...(asked !== null && { asked }),
      ...(sentAtMs !== null && { sentAtMs }),
    },
  };
}

/** What was answered, what has changed, or else what was asked. */
function textOf({ message, changes, asked, kind, detail }: AuditRecord): string {
  if (message !== null) return message;
  if (changes.length > 0)
    return changes.map(({ key, before, after }) => `${key}: ${shown(before)} -> ${shown(after)}`).join(", ");
  const rest = asked ?? (Object.keys(detail).length > 0 ? detail : null);
  return rest === null ? kind : `${kind}: ${shown(rest)}`;
}

const shown = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));
