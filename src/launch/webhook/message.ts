import type { SummaryJson } from "../../report/summary/summary.ts";
import type { Occasion } from "./occasion.ts";

/** The body of a message. */
export interface MessageJson extends Occasion {
  readonly study: string;
  /** When it happened. */
  readonly at: string;
  readonly host: string;
  /** The database. */
  readonly db: string;
  /** The message for people, in several lines. */
  readonly text: string;
  /** What `belay summary STUDY --json` prints; null if the database cannot be read. */
  readonly summary: SummaryJson | null;
}

/** The message for people: what has happened, and the six lines of the summary. */
export function messageText(
  study: string,
  { event, trouble }: Occasion,
  summary: SummaryJson | null,
): string {
  const head = trouble ? `${study}: ${event}: ${trouble.text}` : `${study}: ${event}`;
  const lines = summary?.lines.map(
    ({ topic, text, command }) => `${topic}: ${text}${command === null ? "" : ` (${command})`}`,
  );
  return [head, ...(lines ?? [])].join("\n");
}
