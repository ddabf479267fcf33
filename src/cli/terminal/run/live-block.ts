import type { SlotView } from "../../../core/engine.ts";
import { printableLine } from "../../../core/printable.ts";
import { formatPart, formatSize, formatSpan, formatValue } from "../../../core/units.ts";
import type { RunningView } from "../../../launch/events.ts";
import type { Metrics } from "../../../store/records.ts";
import { loadLine } from "../load-line.ts";

/** How trials have ended so far. */
export interface BlockCounts {
  finished: number;
  pruned: number;
  failed: number;
  /** How many complete trials break their constraints. */
  infeasible: number;
  best: RunningView["best"];
}

/** What the block shows at one moment. */
export interface BlockState extends Readonly<BlockCounts> {
  readonly study: RunningView;
  readonly elapsedMs: number;
  /** The newest metrics of the scheduler; null before the first. */
  readonly metrics: Metrics | null;
  /** What the stop rules see, in words. */
  readonly stop: readonly string[];
  /** The end of the first line while the run is being stopped; empty otherwise. */
  readonly stopping: string;
  readonly columns: number;
  readonly rows: number;
  readonly paint: (format: "bold" | "cyan" | "green" | "red", text: string) => string;
}

const BAR_WIDTH = 24;
/** How many lines of the terminal the slots leave for the first lines, and for what was there before. */
const ROWS_KEPT = 6;

/** The live block: a bar of trials with the time left, the best value so far, and a line for each slot. */
export function liveBlock(state: BlockState): string[] {
  const { study, finished, stopping, columns, rows, paint } = state;
  const share = Math.min(1, finished / study.total);
  const bar = "█".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, "░");
  const head = `${paint("bold", printableLine(study.name))} ${paint("cyan", bar)} ${finished}/${study.total} trials${timeLeft(state)}${stopping}`;
  const slots = study.slots().map((slot) => slotLine(study, slot).slice(0, columns - 1));
  const load = state.metrics ? [loadLine(state.metrics).slice(0, columns - 1)] : [];
  const stop = state.stop.length > 0 ? [`stop: ${state.stop.join("; ")}`.slice(0, columns - 1)] : [];
  const room = Math.max(1, rows - ROWS_KEPT - load.length - stop.length);
  const more = slots.length > room ? [`  and ${slots.length - room} slots more`] : [];
  return [head, standing(state), ...stop, ...load, ...slots.slice(0, room), ...more];
}

function standing({ best, pruned, failed, infeasible, paint }: BlockState): string {
  const top = best
    ? `best ${paint("green", formatValue(best.value))} (trial ${best.number})`
    : infeasible > 0
      ? `no feasible trial yet (${infeasible} break${infeasible === 1 ? "s its" : " their"} constraints)`
      : "no complete trial yet";
  return `${top}${pruned > 0 ? `, ${pruned} pruned` : ""}${failed > 0 ? paint("red", `, ${failed} failed`) : ""}`;
}

function timeLeft({ study: { total, finished: before }, finished, elapsedMs }: BlockState): string {
  const done = finished - before;
  if (done < 1 || finished >= total) return "";
  return `, ${formatSpan((elapsedMs / done) * (total - finished))} left`;
}

function slotLine({ splitCount, splitTimeoutMs, memoryBytes }: RunningView, slot: SlotView): string {
  if (slot.trial === null) return `  slot ${slot.slot}  ${slot.state}`;
  const doing = splitCount > 1 ? `split ${slot.nth ?? (slot.split ?? 0) + 1} of ${splitCount}` : "training";
  const split = slot.split === null ? slot.state : doing;
  const limit = splitTimeoutMs === null ? "" : ` of ${formatSpan(splitTimeoutMs)}`;
  const elapsed = slot.splitElapsedMs === null ? "" : `  ${formatSpan(slot.splitElapsedMs)}${limit}`;
  const { rssBytes } = slot;
  const held = memoryBytes === null ? formatSize : (bytes: number) => formatPart(bytes, memoryBytes);
  const memory = rssBytes === null ? "" : `  ${held(rssBytes)}`;
  return `  slot ${slot.slot}  trial ${slot.trial}  ${split.padEnd(12)}${elapsed}${memory}`;
}
