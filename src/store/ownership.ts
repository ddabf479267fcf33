import { BelayError } from "../core/error.ts";
import { formatSpan } from "../core/units.ts";
import { type Identity, type Liveness, liveness } from "../machine/identity.ts";
import { commandOn } from "./command-line.ts";

/** Who may write a study: one owner at a time, and the next one only when the last has gone. */

/** How old the heartbeat of a live owner must be before `--takeover` may replace it. */
export const TAKEOVER_AFTER_MS = 60_000;

/** An owner of a study, past or present. */
export interface Owner extends Identity {
  readonly epoch: number;
  readonly claimedAtMs: number;
  readonly heartbeatAtMs: number;
  readonly releasedAtMs: number | null;
}

/** How a study that somebody else may be running is refused. */
export interface OwnerRefusal {
  /** The database, for commands to type. */
  readonly file: string;
  /** Whether an owner that may be alive, but whose heartbeat is older than `TAKEOVER_AFTER_MS`, may be replaced. */
  readonly takeover: boolean;
  readonly nowMs: number;
  /** What has to wait for the study, if it concerns the whole file: `a repair`. */
  readonly waiting?: string;
  /** The command that replaces a silent owner, in backquotes. @default the study's resume */
  readonly replacing?: string;
}

/** Throws `owner` unless the study is free: released, its owner dead, or silent and to be taken over. */
export function refuseLiveOwner(study: string, owner: Owner | null, refusal: OwnerRefusal): void {
  if (owner === null || owner.releasedAtMs !== null) return;
  const life = liveness(owner);
  if (life === "dead") return;
  // A sign of life from the future is an old one too: the clock was set back since, and a live owner follows it.
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

/** What to type, or to do, about an owner that is in the way. */
function advice(study: string, life: Liveness, silentMs: number, refusal: OwnerRefusal): string {
  const replace = refusal.replacing ?? `\`${commandOn(refusal.file, "resume", study, "--takeover")}\``;
  const minute = TAKEOVER_AFTER_MS / 1_000;
  if (silentMs > TAKEOVER_AFTER_MS) return `: ${replace} replaces it`;
  if (refusal.takeover) return `, and a takeover needs more than ${minute} s`;
  const stop =
    life === "alive" ? `: \`${commandOn(refusal.file, "stop", study)}\` ends it` : ": stop it there";
  return `${stop}, and once it has been silent for ${minute} s ${replace} replaces it`;
}
