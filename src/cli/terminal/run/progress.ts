import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import { printable } from "../../../core/printable.ts";
import { isFeasible } from "../../../core/search/constraints.ts";
import type { RuleFigure } from "../../../core/search/stop-rule.ts";
import { formatSize, formatSpan } from "../../../core/units.ts";
import type { RunEvent, RunningView } from "../../../launch/events.ts";
import { endText, interruptedText, stopRuleText, unparkedNote } from "../../../launch/outcome-text.ts";
import type { Metrics } from "../../../store/records.ts";
import { readyText } from "../ready-text.ts";
import { type BlockCounts, liveBlock } from "./live-block.ts";

/** The options of a run's progress. */
export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly quiet: boolean;
  readonly color: boolean;
  readonly now: () => number;
}

const REDRAW_MS = 250;

/** Shows a run: one live block on a terminal, a plain line per event elsewhere, nothing when quiet. */
export function progress({ stream, quiet, color, now }: ProgressOptions) {
  const isLive = stream.isTTY === true && !quiet && process.env.TERM !== "dumb";
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    color && isLive ? styleText(format, text, { validateStream: false }) : text;
  const block = isLive ? createLogUpdate(stream, { showCursor: true }) : null;
  let study: RunningView | null = null;
  let stage: { text: string; began: number } | null = null;
  const counts: BlockCounts = { finished: 0, pruned: 0, failed: 0, infeasible: 0, best: null };
  let began = now();
  let stopping = "";
  let metrics: Metrics | null = null;
  let rules: () => readonly RuleFigure[] = () => [];
  let redrawing: NodeJS.Timeout | undefined;

  function line(text: string): void {
    if (quiet) return;
    if (block) block.clear();
    stream.write(`${printable(text)}\n`);
    draw();
  }

  function draw(): void {
    if (!block) return;
    const { columns = 100, rows = 24 } = stream;
    const elapsedMs = now() - began;
    const stop = rules().map(({ text }) => text);
    const shown = { ...counts, elapsedMs, metrics, stop, stopping, columns, rows, paint };
    if (study) block(liveBlock({ study, ...shown }).join("\n"));
    else if (stage) block(`${printable(stage.text)} ${formatSpan(now() - stage.began)}`);
  }

  /** Draws the block again from time to time. */
  function animate(): void {
    if (block) redrawing ??= setInterval(draw, REDRAW_MS);
  }

  function begin(started: RunningView): void {
    study = started;
    counts.finished = started.finished;
    counts.best = started.best;
    began = now();
  }

  function end(): void {
    clearInterval(redrawing);
    redrawing = undefined;
    study = stage = null;
    if (block) block.clear();
  }

  return {
    /** Prints a line that is not an event. */
    note: line,
    show(event: RunEvent): void {
      if (event.kind === "stage") stage = { text: event.text, began: now() }; // only the live block shows it
      if (event.kind === "stage" || event.kind === "running") animate();
      if (event.kind === "running") begin(event.study);
      if (event.kind === "closing") end();
      if (event.kind === "trial-ended") note(counts, event);
      if (event.kind === "unparked") {
        counts.finished -= event.numbers.length;
        counts.pruned -= event.numbers.length;
      }
      if (event.kind === "stopping") stopping = event.now ? ", ending now" : ", stopping";
      if (event.kind === "stop-rules") rules = event.figures;
      if (event.kind === "metrics") metrics = event.metrics;
      const text = eventLine(event, isLive);
      if (text !== null) line(text);
      else if (event.kind !== "output") draw(); // output is for the log
    },
    end,
  };
}

/** Counts a trial that has ended. */
function note(counts: BlockCounts, { outcome, number, isBest }: Extract<RunEvent, { kind: "trial-ended" }>) {
  counts.finished++;
  if (outcome.state === "pruned") counts.pruned++;
  if (outcome.state === "fail") counts.failed++;
  if (outcome.state === "complete" && !isFeasible(outcome.constraints)) counts.infeasible++;
  if (isBest && outcome.state === "complete") counts.best = { number, value: outcome.values[0]! };
}

/** The line for an event; null for an event that the live block shows itself, or that needs no line. */
function eventLine(event: RunEvent, isLive: boolean): string | null {
  switch (event.kind) {
    case "note":
      return event.text;
    case "ready":
      return readyText(event);
    case "trial-started":
      if (isLive) return null;
      return `trial ${event.number} started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`;
    case "trial-interrupted":
      return `trial ${event.number} ${interruptedText(event.lostOn)}`;
    case "trial-ended": {
      const { outcome, number, durationMs, isBest } = event;
      if (isLive && outcome.state === "complete") return null;
      return `trial ${number} ${endText(outcome)} (${formatSpan(durationMs)}${isBest ? ", best so far" : ""})`;
    }
    case "unparked":
      return unparkedNote(event.numbers);
    case "brake":
      if (!event.on) return "memory is back above the reserve";
      return `memory reserve reached: ${formatSize(event.availableBytes)} available; no trial starts until it is back (fewer --workers, a smaller --memory-limit or a smaller --memory-reserve help)`;
    case "store-waits":
      return `paused: ${event.message}; nothing is lost, and the run goes on when it is mended`;
    case "store-mended":
      return "the database can be written again: the run goes on";
    case "breaker":
      return `breaker ${event.state}: ${event.message}`;
    case "late":
      return `the coordinator is ${formatSpan(event.lagMs)} late: something keeps it busy`;
    case "command":
      return `belay ${event.command}: ${event.message}`;
    case "stop-rule":
      return stopRuleText(event);
    case "stopping":
      if (event.now) return "ending now: what is recorded stays";
      return "stopping: running splits finish; Ctrl-C again ends them now";
    default:
      return null;
  }
}
