import type { Detail, Json } from "../core/trial.ts";
import { formatSize, formatSpan } from "../core/units.ts";
import type { AuditChange, AuditRecord } from "../store/activity.ts";
import type { Reader } from "../store/reader.ts";
import { requireStudy, toIso } from "./study.ts";

/** An entry of the audit trail, as `audit --json` prints it. */
export interface AuditJson {
  readonly id: number;
  /** When it was done, or refused. */
  readonly at: string;
  /** The name of a command, or what happened: `launch`, `claim`, `release`, `breaker` and the like. */
  readonly kind: string;
  /** The number of the trial that it was about; null: the whole study. */
  readonly trial: number | null;
  /** `user@host`, or the name of a program; null: not known, or nobody. */
  readonly who: string | null;
  /** Whether a command was carried out; null for what was no command. */
  readonly ok: boolean | null;
  /** A line for people. */
  readonly text: string;
  /** What a command has changed: times in milliseconds, memory in bytes, null for no limit. */
  readonly changes: readonly AuditChange[];
  /** What a command asked for; null for what was no command. */
  readonly asked: Json;
  /** When a command was sent; null for what was no command. */
  readonly sentAt: string | null;
  /** Everything else that was recorded. */
  readonly detail: Detail;
}

/** The newest entries of a study's audit trail, the last one first. @throws BelayError `usage`: an unknown study. */
export function auditOf(reader: Reader, name: string, limit: number): Promise<AuditJson[]> {
  return reader.snapshot(async (now) => {
    const study = await requireStudy(now, name);
    return (await now.audit(study.id, { limit })).map(toAuditJson);
  });
}

function toAuditJson(record: AuditRecord): AuditJson {
  const { id, atMs, kind, trial, who, ok, changes, asked, sentAtMs, detail } = record;
  return {
    ...{ id, at: toIso(atMs), kind, trial, who, ok, text: auditText(record) },
    ...{ changes, asked, sentAt: toIso(sentAtMs), detail },
  };
}

/** An entry of the audit trail as a line for people. */
export function auditText(record: AuditRecord): string {
  const { message, changes, ok } = record;
  const said = message ?? happened(record);
  const refused = ok === false ? "refused: " : "";
  return `${refused}${said}${changes.length > 0 ? ` (${changes.map(changeText).join(", ")})` : ""}`;
}

function changeText({ key, before, after }: AuditChange): string {
  return `${key}: ${valueText(key, before)} -> ${valueText(key, after)}`;
}

/** A value of a setting, with the unit that its name implies. */
function valueText(key: string, value: Json): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "none";
  if (typeof value === "number" && key.endsWith("Timeout")) return formatSpan(value);
  if (typeof value === "number" && (key === "memory" || key === "reserve")) return formatSize(value);
  return Array.isArray(value) ? value.map(plain).join(", ") : plain(value);
}

/** What happened to the study, where nothing was said about it. */
function happened({ kind, detail, asked }: AuditRecord): string {
  const text = (key: string): string => plain(detail[key] ?? null);
  switch (kind) {
    case "launch":
      return `its first run began, in process ${text("pid")}`;
    case "claim":
      return `a run began, in process ${text("pid")}${detail.replaced == null ? "" : `, after process ${text("replaced")} had died`}`;
    case "release":
      return `the run ended: ${text("state")}`;
    case "unpark":
      return "taken up again: its pruner would not stop it now";
    case "import":
      return `${text("trials")} trials came from another file`;
    case "moved":
      return `its study file is ${text("to")}, was ${text("from")}`;
    case "stop-rules":
      return `its stop rules were changed: ${valueText(kind, detail.from ?? null)} -> ${valueText(kind, detail.to ?? null)}`;
    case "changes":
      return `its file had changed: ${valueText(kind, detail.accepted ?? null)}`;
    default: {
      const rest = asked ?? (Object.keys(detail).length > 0 ? detail : null);
      return rest === null ? kind : plain(rest);
    }
  }
}

function plain(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
