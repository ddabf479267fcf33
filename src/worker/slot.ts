import type { EngineEvent, SlotView } from "../core/engine.ts";
import { rng } from "../core/rng.ts";
import { formatMegabytes } from "../core/units.ts";
import type { HostClient } from "./host-client.ts";
import type { SlotReading } from "./watcher/protocol.ts";

/** When a host is replaced by a fresh process: when it is not clean, after every trial, or after N trials. */
export type Recycle = "clean" | "always" | number;

/** A place where one trial at a time runs, with the host that it has at the moment. */
export interface Slot {
  readonly index: number;
  host: HostClient | null;
  beacon: string;
  state: SlotView["state"];
  trial: number | null;
  split: number | null;
  splitBeganMs: number | null;
  rssBytes: number | null;
  gpuBytes: number | null;
  served: number;
  firstCleanedBytes: number | null;
  /** Varies between slots, so that they do not all start afresh at once. */
  readonly maxServed: number;
}

const MAX_SERVED = 1_000;
const GROWTH_BYTES = 64e6;
const GROWTH_SHARE = 0.25;

/** An empty slot. */
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
    splitBeganMs: null,
    rssBytes: null,
    gpuBytes: null,
    served: 0,
    firstCleanedBytes: null,
    maxServed,
  };
}

/** Puts a host into a slot. */
export function seat(slot: Slot, host: HostClient, beacon: string): void {
  slot.host = host;
  slot.beacon = beacon;
  slot.served = 0;
  slot.firstCleanedBytes = null;
  slot.rssBytes = null;
  slot.gpuBytes = null;
}

/**
 * Counts a trial that is over, and says why its host may not serve the next one; null when it may. Only the end of a
 * process gives all its memory back.
 */
export function reasonToRecycle(slot: Slot, host: HostClient, recycle: Recycle): string | null {
  slot.served++;
  if (host.dead) return "it has ended";
  if (host.dirt.length > 0) return `the trial has left behind: ${host.dirt.join("; ")}`;
  if (recycle === "always") return "--recycle always";
  if (slot.served >= slot.maxServed) return `it has served ${slot.served} trials`;
  const rssBytes = host.memory.rssBytes;
  if (rssBytes === null || typeof recycle === "number") return null;
  slot.firstCleanedBytes ??= rssBytes;
  const first = slot.firstCleanedBytes;
  if (rssBytes <= first + Math.max(GROWTH_BYTES, GROWTH_SHARE * first)) return null;
  return `it holds ${formatMegabytes(rssBytes)} MB after its cleanup, and ${formatMegabytes(first)} MB after its first`;
}

/** Keeps what an event tells about the slot. */
export function follow(slot: Slot, event: EngineEvent): void {
  if (event.kind === "split-began") {
    slot.split = event.split;
    slot.splitBeganMs = performance.now();
  } else if (event.kind === "outcome") {
    slot.state = "cleaning";
    slot.split = null;
    slot.splitBeganMs = null;
  }
}

/** A trial takes the slot. */
export function occupy(slot: Slot, number: number): void {
  slot.state = "starting";
  slot.trial = number;
}

/** The slot is free again; its host may stay in it. */
export function vacate(slot: Slot): void {
  slot.state = "free";
  slot.trial = null;
  slot.split = null;
  slot.splitBeganMs = null;
}

/** Keeps what the watcher has read, if it is still about the host that sits in the slot. */
export function noteReading(slot: Slot | undefined, { pid, rssBytes, gpuBytes }: SlotReading): void {
  if (slot?.host?.pid !== pid) return;
  slot.rssBytes = rssBytes;
  slot.gpuBytes = gpuBytes;
}

/** The slot as people see it. */
export function viewSlot({ index, state, trial, split, splitBeganMs, rssBytes, host }: Slot): SlotView {
  const splitElapsedMs = splitBeganMs === null ? null : performance.now() - splitBeganMs;
  return { slot: index, state, trial, split, splitElapsedMs, rssBytes, pid: host?.pid ?? null };
}
