import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { StudyEvent } from "../coordinator/events.ts";
import type { Direction } from "../core/direction.ts";
import type { SlotView } from "../core/engine.ts";
import type { Metrics } from "../store/metrics.ts";
import { loadLine } from "./load-line.ts";
import { endText, formatValue } from "./log.ts";
import { span } from "./span.ts";

/** What the live block draws from. */
export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly quiet: boolean;
  readonly color: boolean;
  readonly now: () => number;
}

/** The study behind the block. */
export interface ProgressStudy {
  readonly name: string;
  readonly total: number;
  readonly finished: number;
  readonly directions: readonly Direction[];
  readonly splitCount: number;
  readonly best: { number: number; value: number } | null;
  readonly splitTimeoutMs: number | null;
  readonly memoryBytes: number | null;
  readonly slots: () => readonly SlotView[];
}

const REDRAW_MS = 250;
const BAR_WIDTH = 24;
/** Lines of the terminal that the slots leave to the head, and to what was there before. */
const ROWS_KEPT = 6;

/** Shows a run: one live block on a terminal, a plain line per event elsewhere, nothing when quiet. */
export function progress({ stream, quiet, color, now }: ProgressOptions) {
  const isLive = stream.isTTY === true && !quiet && process.env.TERM !== "dumb";
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    color && isLive ? styleText(format, text, { validateStream: false }) : text;
  const block = isLive ? createLogUpdate(stream, { showCursor: true }) : null;
  let study: ProgressStudy | null = null;
  let stage: { text: string; began: number } | null = null;
  let finished = 0;
  let pruned = 0;
  let failed = 0;
  let best: ProgressStudy["best"] = null;
  let began = now();
  let stopping = "";
  let metrics: Metrics | null = null;
  let redrawing: NodeJS.Timeout | undefined;

  function line(text: string): void {
    if (quiet) return;
    if (block) block.clear();
    stream.write(`${text}\n`);
    draw();
  }

  function draw(): void {
    if (!block) return;
    if (study) block(view(study).join("\n"));
    else if (stage) block(`${stage.text} ${span(now() - stage.began)}`);
  }

  function view(shown: ProgressStudy): string[] {
    const share = Math.min(1, finished / shown.total);
    const bar = "█".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, "░");
    const head = `${paint("bold", shown.name)} ${paint("cyan", bar)} ${finished}/${shown.total} trials${timeLeft(shown)}${stopping}`;
    const top = best
      ? `best ${paint("green", formatValue(best.value))} (trial ${best.number})`
      : "no complete trial yet";
    const width = (stream.columns ?? 100) - 1;
    const slots = shown.slots().map((slot) => slotLine(shown, slot).slice(0, width));
    const room = Math.max(1, (stream.rows ?? 24) - ROWS_KEPT);
    const more = slots.length > room ? [`  and ${slots.length - room} slots more`] : [];
    const load = metrics ? [loadLine(metrics).slice(0, width)] : [];
    return [head, top + others(), ...load, ...slots.slice(0, room), ...more];
  }

  function others(): string {
    return `${pruned > 0 ? `, ${pruned} pruned` : ""}${failed > 0 ? paint("red", `, ${failed} failed`) : ""}`;
  }

  function timeLeft({ total, finished: before }: ProgressStudy): string {
    const done = finished - before;
    if (done < 1 || finished >= total) return "";
    return `, ${span(((now() - began) / done) * (total - finished))} left`;
  }

  function slotLine({ splitCount, splitTimeoutMs, memoryBytes }: ProgressStudy, slot: SlotView): string {
    if (slot.trial === null) return `  slot ${slot.slot}  ${slot.state}`;
    const split =
      slot.split === null
        ? slot.state
        : splitCount > 1
          ? `split ${slot.split + 1} of ${splitCount}`
          : "training";
    const elapsed =
      slot.splitElapsedMs === null
        ? ""
        : `  ${span(slot.splitElapsedMs)}${splitTimeoutMs === null ? "" : ` of ${span(splitTimeoutMs)}`}`;
    const limit = memoryBytes === null ? "" : ` of ${(memoryBytes / 1e9).toFixed(2)}`;
    const memory = slot.rssBytes === null ? "" : `  ${(slot.rssBytes / 1e9).toFixed(2)}${limit} GB`;
    return `  slot ${slot.slot}  trial ${slot.trial}  ${split.padEnd(12)}${elapsed}${memory}`;
  }

  return {
    /** A line that is no event. */
    note: line,
    /** What is being made ready, before the study runs: shown where it can be overwritten. */
    stage(text: string): void {
      stage = { text, began: now() };
      if (block) redrawing ??= setInterval(draw, REDRAW_MS);
      draw();
    },
    begin(started: ProgressStudy): void {
      study = started;
      finished = started.finished;
      best = started.best;
      began = now();
      if (block) redrawing ??= setInterval(draw, REDRAW_MS);
      draw();
    },
    hear(event: StudyEvent): void {
      if (event.kind === "trial-started" && !isLive)
        line(`trial ${event.number} started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`);
      else if (event.kind === "trial-interrupted")
        line(`trial ${event.number} interrupted: it waits for resume`);
      else if (event.kind === "trial-ended") {
        const { outcome, number, durationMs, isBest } = event;
        finished++;
        if (outcome.state === "pruned") pruned++;
        if (outcome.state === "fail") failed++;
        if (isBest && outcome.state === "complete") best = { number, value: outcome.values[0]! };
        if (isLive && outcome.state === "complete") draw();
        else
          line(`trial ${number} ${endText(outcome)} (${span(durationMs)}${isBest ? ", best so far" : ""})`);
      } else if (event.kind === "brake") {
        const gb = (event.availableBytes / 1e9).toFixed(1);
        line(
          event.on
            ? `memory reserve reached: ${gb} GB available; no trial starts until it is back (fewer --workers or a smaller --memory-limit help)`
            : "memory is back above the reserve",
        );
      } else if (event.kind === "metrics") metrics = event.metrics;
      else if (event.kind === "breaker") line(`breaker ${event.state}: ${event.message}`);
      else if (event.kind === "late")
        line(`the coordinator is ${span(event.lagMs)} late: something keeps it busy`);
      else if (event.kind === "command") line(`belay ${event.command}: ${event.message}`);
      else if (event.kind === "store-waits")
        line(`paused: ${event.message}; nothing is lost, and the run goes on when it is mended`);
      else if (event.kind === "store-mended") line("the database can be written again: the run goes on");
      else if (event.kind === "stopping") {
        stopping = event.now ? ", ending now" : ", stopping";
        line(
          event.now
            ? "ending now: what is recorded stays"
            : "stopping: running splits finish; Ctrl-C again ends them now",
        );
      }
    },
    end(): void {
      clearInterval(redrawing);
      redrawing = undefined;
      study = stage = null;
      if (block) block.clear();
    },
  };
}

export type Progress = ReturnType<typeof progress>;
