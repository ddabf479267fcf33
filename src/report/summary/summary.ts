import { dirname, resolve } from "node:path";
import { freeDiskBytes } from "../../machine/disk.ts";
import type { Reader } from "../../store/reader.ts";
import { requireStudy, toIso } from "../study.ts";
import { bestPart, gainPart } from "./best.ts";
import { readCourse } from "./course.ts";
import type { Facts } from "./facts.ts";
import { lossPart } from "./losses.ts";
import { machinePart } from "./machine.ts";
import { proposalFor } from "./proposal.ts";
import { stateOf } from "./state.ts";
import { type SummaryLine, type SummaryParts, summaryLines } from "./text.ts";

/** What a person asks of a study in the morning, as `summary STUDY --json` prints it. */
export interface SummaryJson extends SummaryParts {
  /** The six lines for people. */
  readonly lines: readonly SummaryLine[];
}

/** What a summary depends on besides the database. */
export interface SummaryContext {
  /** @default the time of the call */
  readonly nowMs?: number;
  /** Free space for the database in bytes; null if it is unknown. @default what the file system says */
  readonly freeBytes?: number | null;
  /** Whether the process that calls runs the study and is about to end without having finished it. @default false */
  readonly isEnding?: boolean;
}

/**
 * Sums a study up in six lines: its state and the time left, the best trial, what it gains over the first one, what was
 * lost, how the machine is, and what to do next.
 *
 * @throws BelayError `usage`: an unknown study.
 */
export function summaryOf(reader: Reader, name: string, context: SummaryContext = {}): Promise<SummaryJson> {
  const { nowMs = Date.now(), isEnding = false } = context;
  const freeBytes = context.freeBytes === undefined ? freeBeside(reader.location) : context.freeBytes;
  return reader.snapshot(async (now) => {
    const study = await requireStudy(now, name);
    const course = await readCourse(now, study);
    const owner = await now.owner(study.id);
    const trials = await now.counts(study.id);
    const state = stateOf(study, { owner, trials, endsMs: course.endsMs, nowMs, isEnding });
    const facts: Facts = { reader: now, study, course, state, nowMs, freeBytes };
    const found = await bestPart(facts);
    const { best } = found;
    const gain = await gainPart(facts, found);
    const losses = await lossPart(facts);
    const machine = await machinePart(facts);
    const next = proposalFor({ ...facts, best, losses, machine });
    const { directions } = study;
    const parts = {
      study: study.name,
      at: toIso(nowMs),
      directions,
      state,
      best,
      gain,
      losses,
      machine,
      next,
    };
    return { ...parts, lines: summaryLines(parts, reader.location) };
  });
}

/** Free space beside a database; null where the system does not tell. */
function freeBeside(location: string): number | null {
  try {
    return freeDiskBytes(dirname(resolve(location)));
  } catch {
    return null;
  }
}
