import { BelayError } from "../core/error.ts";
import { formatSpan } from "../core/units.ts";
import { type Identity, type Liveness, liveness } from "../machine/identity.ts";
import { commandOn } from "./command-line.ts";

/** Decides who may write a study: one owner at a time, and a new one only after the previous owner has gone. */

/** `--takeover` may replace an owner whose last heartbeat is older than this. */
export const TAKEOVER_AFTER_MS = 60_000;

/** An owner of a study, past or present. */
export interface Owner extends Identity {
  readonly epoch: number;
  readonly claimedAtMs: number;
  readonly heartbeatAtMs: number;
  readonly releasedAtMs: number | null;
}

/** What decides whether an owner may be replaced, and what the error says if not. */
export interface OwnerRefusal {
  /** The database file, for the commands in the error. */
  readonly file: string;
  /** Whether an owner that may be alive may be replaced once its heartbeat is older than `TAKEOVER_AFTER_MS`. */
  readonly takeover: boolean;
  readonly nowMs: number;
  /** An operation on the whole file that cannot start while the study runs, such as `a repair`. */
  readonly waiting?: string;
  /** The command that replaces a silent owner, in backquotes. @default `belay resume STUDY --takeover` */
  readonly replacing?: string;
}

/**
 * Throws BelayError `owner` unless the study may get a new owner: it has none, was released, its owner is dead, or its
 * owner is silent and `takeover` is set.
 */
export function refuseLiveOwner(study: string, owner: Owner | null, refusal: OwnerRefusal): void {
  if (owner === null || owner.releasedAtMs !== null) return;
  const life = liveness(owner);
  if (life === "dead") return;
  // A heartbeat in the future was written before the clock was set back; a live owner would have written one since.
  const silentMs = Math.abs(refusal.nowMs - owner.heartbeatAtMs);
  if (refusal.takeover && silentMs > TAKEOVER_AFTER_MS) return;
  const waits = refusal.waiting ? `${refusal.file}: ${refusal.waiting} has to wait: ` : "";
  const where = life === "unknown" ? ` on ${owner.hostname}, where this process cannot look,` : "";
  const since = new Date(owner.claimedAtMs).toISOString();
  const sign = `its last sign of life is ${formatSpan(silentMs)} old`;
  throw new BelayError(
    "owner",
    `${waits}study ${study} is run by pid ${owner.pid}${where} since ${since}; ${sign}${advice(study, life, silentMs, refusal)}`,
  );
}

/** The end of the message: what to type or do to get the study. */
function advice(study: string, life: Liveness, silentMs: number, refusal: OwnerRefusal): string {
  const replace = refusal.replacing ?? `\`${commandOn(refusal.file, "resume", study, "--takeover")}\``;
  const minute = TAKEOVER_AFTER_MS / 1_000;
  if (silentMs > TAKEOVER_AFTER_MS) return `: ${replace} replaces it`;
  if (refusal.takeover) return `, and a takeover needs more than ${minute} s`;
  const stop =
    life === "alive" ? `: \`${commandOn(refusal.file, "stop", study)}\` ends it` : ": stop it there";
  return `${stop}, and once it has been silent for ${minute} s ${replace} replaces it`;
}
