import type { EngineEvent, SlotView, TrialTask } from "../core/engine.ts";
import { rng } from "../core/rng.ts";
import { formatMegabytes } from "../core/units.ts";
import type { HostClient } from "./host-client.ts";
import type { SlotReading } from "./watcher/protocol.ts";

/** When a host is replaced by a fresh process: if it is not clean, after every trial, or after N trials. */
export type Recycle = "clean" | "always" | number;

/** A place in which one trial at a time runs, with its current host. */
export interface Slot {
  readonly index: number;
  host: HostClient | null;
  beacon: string;
  state: SlotView["state"];
  trial: number | null;
  split: number | null;
  /** How many splits of the trial have begun, in all its attempts. */
  begun: number;
  splitBeganMs: number | null;
  rssBytes: number | null;
  gpuBytes: number | null;
  /** How many trials the host has run. */
  served: number;
  /** RSS of the host after the cleanup of its first trial. */
  firstCleanedBytes: number | null;
  /** After how many trials the host is replaced. It differs between slots, so that they do not all restart at once. */
  readonly maxServed: number;
}

const MAX_SERVED = 1_000;
const GROWTH_BYTES = 64e6;
const GROWTH_SHARE = 0.25;

/** Creates an empty slot. */
export function newSlot(index: number, seed: number, recycle: Recycle): Slot {
  const offset = rng(seed, index, "recycle").int(100);
  const maxServed = typeof recycle === "number" ? recycle : MAX_SERVED - offset;
  return {
    index,
    host: null,
    beacon: "",
    state: "free",
    trial: null,
    split: null,
    begun: 0,
    splitBeganMs: null,
    rssBytes: null,
    gpuBytes: null,
    served: 0,
    firstCleanedBytes: null,
    maxServed,
  };
}

/** Assigns a host to a slot. */
export function placeHost(slot: Slot, host: HostClient, beacon: string): void {
  slot.host = host;
  slot.beacon = beacon;
  slot.served = 0;
  slot.firstCleanedBytes = null;
  slot.rssBytes = null;
  slot.gpuBytes = null;
}

/**
 * Counts a finished trial. @returns why its host must be replaced, because only the end of a process gives all its
 * memory back; null if it may run another trial.
 */
export function reasonToRecycle(slot: Slot, host: HostClient, recycle: Recycle): string | null {
  slot.served++;
  if (host.dead) return "it has ended";
  if (host.leftovers.length > 0) return `the trial has left behind: ${host.leftovers.join("; ")}`;
  if (recycle === "always") return "--recycle always";
  if (slot.served >= slot.maxServed) return `it has served ${slot.served} trials`;
  const rssBytes = host.memory.rssBytes;
  if (rssBytes === null || typeof recycle === "number") return null;
  slot.firstCleanedBytes ??= rssBytes;
  const first = slot.firstCleanedBytes;
  if (rssBytes <= first + Math.max(GROWTH_BYTES, GROWTH_SHARE * first)) return null;
  return `it holds ${formatMegabytes(rssBytes)} MB after its cleanup, and ${formatMegabytes(first)} MB after its first`;
}

/** Updates the slot by an event of its trial. */
export function applyEvent(slot: Slot, event: EngineEvent): void {
  if (event.kind === "split-began") {
    slot.split = event.split;
    slot.begun++;
    slot.splitBeganMs = performance.now();
  } else if (event.kind === "outcome") {
    slot.state = "cleaning";
    slot.split = null;
    slot.splitBeganMs = null;
  }
}

/** Reserves the slot for a trial. */
export function occupy(slot: Slot, { number, recorded }: Pick<TrialTask, "number" | "recorded">): void {
  slot.state = "starting";
  slot.trial = number;
  slot.begun = recorded.length;
}

/** Frees the slot after a trial; its host may stay in it. */
export function vacate(slot: Slot): void {
  slot.state = "free";
  slot.trial = null;
  slot.split = null;
  slot.splitBeganMs = null;
}

/** Updates the slot by a reading of the watcher, unless its host was replaced meanwhile. */
export function applyReading(slot: Slot | undefined, { pid, rssBytes, gpuBytes }: SlotReading): void {
  if (slot?.host?.pid !== pid) return;
  slot.rssBytes = rssBytes;
  slot.gpuBytes = gpuBytes;
}

/** The public view of the slot. */
export function viewSlot({
  index,
  state,
  trial,
  split,
  begun,
  splitBeganMs,
  rssBytes,
  host,
}: Slot): SlotView {
  const splitElapsedMs = splitBeganMs === null ? null : performance.now() - splitBeganMs;
  return {
    slot: index,
    state,
    trial,
    split,
    nth: split === null ? null : begun,
    splitElapsedMs,
    rssBytes,
    pid: host?.pid ?? null,
  };
}
