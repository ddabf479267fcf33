import pino, { type Logger } from "pino";
import { BelayError, didYouMean, show } from "../../../core/error.ts";
import { printable } from "../../../core/printable.ts";
import type { FinalMemory, Outcome } from "../../../core/trial.ts";
import { formatSize } from "../../../core/units.ts";
import type { RunEvent } from "../../../launch/events.ts";
import { endText, interruptedText, stopRuleText, unparkedNote } from "../../../launch/outcome-text.ts";
import { placesBeside } from "../../../launch/storage/places.ts";
import { readyText } from "../ready-text.ts";

/** How much is logged, most first. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"];

/** How many bytes of log are buffered while the file cannot be written; later lines are dropped. */
const KEPT_BYTES = 1_000_000;

/**
 * Opens the log: pino's JSON lines. Every line is written at once, so that a crash loses none. While the file cannot be
 * written (a full disk), lines are buffered and written later.
 *
 * @param onTrouble - Called once, with a line for people, when the log cannot be written.
 */
export function openLog(
  file: string | undefined,
  level: string,
  db: string,
  onTrouble: (text: string) => void,
): Logger {
  if (!LOG_LEVELS.includes(level)) {
    throw new BelayError(
      "usage",
      `--log-level: expected one of ${LOG_LEVELS.join(", ")}, got ${show(level)}${didYouMean(level, LOG_LEVELS)}`,
    );
  }
  const destination = file ?? placesBeside(db).log;
  try {
    const dest = destination === "-" ? 2 : destination; // stderr: stdout is for results
    const stream = pino.destination({ dest, sync: true, append: true, maxLength: KEPT_BYTES });
    let isTold = false;
    stream.on("error", ({ message }: Error) => {
      if (!isTold) onTrouble(`the log ${destination} cannot be written (${message}): the run goes on`);
      isTold = true;
    });
    // A log may be shown on a terminal. JSON escapes some control characters, and `printable` the others.
    const hooks = { streamWrite: printable };
    return pino({ level, base: { pid: process.pid }, hooks }, stream);
  } catch (error) {
    throw new BelayError(
      "usage",
      `--log: expected a file that can be written, got ${show(destination)} (${(error as Error).message})`,
    );
  }
}

/** Writes an event to the log, in a line that people can search for. */
export function logEvent(log: Logger, event: RunEvent): void {
  if (event.kind === "note") log.info(event.text);
  else if (event.kind === "output")
    log.info(event.number === null ? {} : { trial: event.number }, event.text);
  else if (event.kind === "ready") log.info(readyText(event));
  else if (event.kind === "trial-started")
    log.info(
      { trial: event.number, attempt: event.attempt, params: event.params },
      `Trial #${event.number} started`,
    );
  else if (event.kind === "split") {
    const { split, values, durationMs, memory } = event.result;
    log.debug(
      { trial: event.number, split, values, durationMs, rssBytes: memory.rssBytes },
      `Trial #${event.number} split ${split}`,
    );
  } else if (event.kind === "trial-interrupted")
    log.info(
      { trial: event.number, ...(event.lostOn !== null && { machine: event.lostOn }) },
      `Trial #${event.number} ${interruptedText(event.lostOn)}`,
    );
  else if (event.kind === "trial-ended") logEnd(log, event.number, event.outcome, event.durationMs);
  else if (event.kind === "memory")
    log.info({ trial: event.number, memory: event.memory }, memoryLine(event.number, event.memory));
  else if (event.kind === "unparked") {
    const text = unparkedNote(event.numbers);
    log.info({ trials: event.numbers }, `${text[0]!.toUpperCase()}${text.slice(1)}`);
  } else if (event.kind === "brake") {
    const data = { availableBytes: event.availableBytes, reserveBytes: event.reserveBytes };
    if (event.on)
      log.warn(
        data,
        `Memory reserve reached: ${formatSize(event.availableBytes)} available < ${formatSize(event.reserveBytes)}; use fewer workers or a smaller --memory-limit`,
      );
    else log.info(data, "Memory is back above the reserve");
  } else if (event.kind === "command") {
    const text = `belay ${event.command}: ${event.message}`;
    if (event.ok) log.info({ command: event.command }, text);
    else log.warn({ command: event.command }, text);
  } else if (event.kind === "breaker")
    log.warn({ breaker: event.state }, `Breaker ${event.state}: ${event.message}`);
  else if (event.kind === "late")
    log.warn(
      { lagMs: event.lagMs },
      `The coordinator's periodic work is ${event.lagMs} ms late: something keeps it busy`,
    );
  else if (event.kind === "metrics") log.debug({ metrics: event.metrics }, "Metrics");
  else if (event.kind === "store-waits")
    log.warn({ error: event.message }, "The database cannot be written: the run waits");
  else if (event.kind === "store-mended") log.info("The database can be written again");
  else if (event.kind === "running") {
    const { study, facts } = event;
    const { workers, backend } = facts;
    const { name, total: trials, finished } = study;
    log.info({ study: name, trials, workers, backend, finished }, `Study ${name} runs`);
  } else if (event.kind === "stop-rules") {
    const rules = event.figures().map(({ rule, text, detail }) => ({ rule, text, ...detail }));
    if (rules.length > 0) log.info({ rules }, `Stop rules: ${rules.map(({ text }) => text).join("; ")}`);
  } else if (event.kind === "stop-rule")
    log.info({ rule: event.rule, ...event.detail }, `S${stopRuleText(event).slice(1)}`);
  else if (event.kind === "ended") {
    const { study, state, detail } = event;
    const why = detail === null ? "" : `: ${detail.rule}: ${detail.text}`;
    log.info({ study, state, ...(detail && { stop: detail }) }, `Study ${study} ended: ${state}${why}`);
  } else if (event.kind === "stopping")
    log.info(event.now ? "Stopping at once" : "Stopping after the running splits");
}

function logEnd(log: Logger, trial: number, outcome: Outcome, durationMs: number): void {
  const text = `Trial #${trial} ${endText(outcome)}`;
  if (outcome.state === "complete") log.info({ trial, values: outcome.values, durationMs }, text);
  else if (outcome.state === "fail")
    log.warn(
      { trial, reason: outcome.reason, detail: outcome.detail, error: outcome.error, durationMs },
      text,
    );
  else log.info({ trial, reason: outcome.reason, detail: outcome.detail, durationMs }, text);
}

/** The line about the final memory of a trial. */
export function memoryLine(
  number: number,
  { rssBytes, baselineBytes, peakBytes, source }: FinalMemory,
): string {
  const show = (value: number | null): string => (value === null ? "unknown" : formatSize(value));
  const seen = source === "guard" && rssBytes !== null ? " (last seen by a guard)" : "";
  return `Trial #${number} final memory: ${show(rssBytes)} (baseline ${show(baselineBytes)}, peak ${show(peakBytes)})${seen}`;
}
