import { isLost } from "../../core/trial.ts";
import { formatSize, formatSpan } from "../../core/units.ts";
import { TIGHT_DISK_BYTES } from "../../machine/disk.ts";
import type { RunEvent } from "../events.ts";

/** Something in a run that a person should look at. */
export interface Trouble {
  /**
   * `losses`: most of the last trials were lost; `breaker`: so many that no further one starts; `memory`: the machine is
   * short of memory; `stalled`: no trial can run; `database`: it cannot be written; `disk`: it is nearly full.
   */
  readonly kind: "losses" | "breaker" | "memory" | "stalled" | "database" | "disk";
  readonly text: string;
}

/** Trouble of one kind is told again only after it has passed, and not sooner than this. */
const AGAIN_MS = 30 * 60_000;
/** This many of the last trials are looked at. */
const LAST = 20;
/** So many lost ones among them are trouble, and with so few it has passed. */
const MANY = 15;
const FEW = 10;
/** A run in which proposals wait and none runs is stalled after this long. */
const STALLED_MS = 10 * 60_000;

/** Recognises trouble in the events of a run; each function returns what is to be told now, or null. */
export function troubleWatch() {
  const told = new Map<Trouble["kind"], { atMs: number; isOver: boolean }>();
  let last: boolean[] = [];
  let idleSinceMs: number | null = null;

  function tell(kind: Trouble["kind"], text: string, nowMs: number): Trouble | null {
    const before = told.get(kind);
    if (before && (!before.isOver || nowMs - before.atMs < AGAIN_MS)) {
      before.isOver = false;
      return null;
    }
    told.set(kind, { atMs: nowMs, isOver: false });
    return { kind, text };
  }
  function over(kind: Trouble["kind"]): null {
    const before = told.get(kind);
    if (before) before.isOver = true;
    return null;
  }

  function ended(lost: boolean, nowMs: number): Trouble | null {
    last = [...last.slice(1 - LAST), lost];
    const count = last.filter(Boolean).length;
    if (count <= FEW) over("losses");
    return count < MANY
      ? null
      : tell("losses", `${count} of the last ${last.length} trials were lost`, nowMs);
  }

  return {
    hear(event: RunEvent, nowMs: number): Trouble | null {
      switch (event.kind) {
        case "trial-ended":
          return ended(event.outcome.state !== "complete" && isLost(event.outcome.reason), nowMs);
        case "breaker":
          return event.state === "closed" ? over("breaker") : tell("breaker", event.message, nowMs);
        case "brake":
          if (!event.on) return over("memory");
          return tell(
            "memory",
            `memory reserve reached: ${formatSize(event.availableBytes)} available`,
            nowMs,
          );
        case "store-waits":
          return tell("database", event.message, nowMs);
        case "store-mended":
          return over("database");
        case "metrics": {
          const { slotsBusy, waiting, why } = event.metrics;
          if (slotsBusy > 0 || waiting === 0) {
            idleSinceMs = null;
            return over("stalled");
          }
          idleSinceMs ??= nowMs;
          const idleMs = nowMs - idleSinceMs;
          if (idleMs < STALLED_MS) return null;
          return tell("stalled", `no trial has run for ${formatSpan(idleMs)}: ${why ?? "all wait"}`, nowMs);
        }
        default:
          return null;
      }
    },
    /** Looks at the free space beside the database. */
    disk(freeBytes: number, nowMs: number): Trouble | null {
      if (freeBytes >= TIGHT_DISK_BYTES) return over("disk");
      return tell("disk", `the disk is nearly full: ${formatSize(freeBytes)} left`, nowMs);
    },
  };
}
