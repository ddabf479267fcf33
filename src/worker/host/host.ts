import type { EngineEnd, TrialLimits, TrialTask } from "../../core/engine.ts";
import type { FinalMemory, TrialError } from "../../core/trial.ts";
import type { Deadlines } from "../../guard/deadline.ts";
import type { Meter } from "../../machine/meter.ts";
import { cpuMs, type PauseWatch } from "../../machine/pauses.ts";
import { type Beacon, beaconReason, monotonicMs } from "../beacon.ts";
import type { Expected, InvalidMessage } from "../door/message.ts";
import type { PauseLook } from "../pause-share.ts";
import type {
  FromHost,
  FromThread,
  HostBoot,
  OfAttempt,
  SetupPhase,
  ToHost,
  TrialMessage,
} from "../protocol.ts";
import type { GuardVerdict } from "../verdict.ts";
import type { IdleWatch } from "./idle.ts";
import type { ladder } from "./ladder.ts";
import type { HostMemory } from "./memory.ts";
import type { outputCap } from "./output.ts";
import type { processState } from "./process-state.ts";
import type { setupProgress } from "./setup-progress.ts";
import type { Trainer } from "./trainer.ts";

/** The surroundings of a host, which differ between a host process and a thread of the coordinator's process. */
export interface HostParts {
  readonly port: {
    send(message: FromHost, onSent?: () => void): void;
    listen(listener: (message: ToHost) => void): void;
    /** The number of messages sent and received. */
    readonly sent: number;
    readonly received: number;
  };
  /** null in the coordinator's process, whose memory is not the trial's alone. */
  readonly meter: Meter | null;
  /** Ends the host: kills the process group, or reports that the thread has ended. */
  readonly end: () => void;
  readonly ownProcess: boolean;
}

/** The state of the trial that runs in a host. */
export interface CurrentTrial {
  readonly task: TrialTask;
  /** The limits of the current split. */
  limits: TrialLimits;
  /** New limits, which apply from the next split on. */
  nextLimits: TrialLimits | null;
  /** The current or last split; -1 before the first. */
  split: number;
  /** A split is finished, and its verdict is awaited. */
  awaitsVerdict: boolean;
  /** The outcome was sent, and cannot change any more. */
  hasOutcome: boolean;
  /** How the host has decided to end the trial. The first decision wins, also over what the thread sends later. */
  decided: EngineEnd | null;
  verdict: GuardVerdict | null;
  ladder: ReturnType<typeof ladder> | null;
}

/** The state of a host, which serves one study. */
export interface Host {
  readonly parts: HostParts;
  readonly boot: HostBoot;
  readonly clocks: Deadlines;
  readonly pauses: PauseWatch;
  /** Passes a look at the clock, and the pause before it, to the thread. */
  readonly sharePause: (look: PauseLook) => void;
  readonly memory: HostMemory;
  readonly processState: ReturnType<typeof processState>;
  readonly idle: IdleWatch;
  readonly output: ReturnType<typeof outputCap>;
  readonly trainer: Trainer;
  readonly writeBeacon: ((beacon: Beacon) => void) | null;
  readonly progress: ReturnType<typeof setupProgress>;
  readonly setup: { phase: SetupPhase; began: number; isOver: boolean };
  /** What is known about the study, and the reader that validates the thread's messages by it. */
  expected: Expected;
  read: (value: unknown) => FromThread | InvalidMessage;
  trial: CurrentTrial | null;
  /** The trial that is about to start was aborted. */
  abortedEarly: boolean;
  ending: boolean;
}

/** How many times its grace the cleanup of a trial may take. */
const CLEANUP_GRACES = 10;
/** How long a host that ends waits for its messages to be written. */
const FLUSH_MS = 50;

/** Reads the time for the clocks of a host, and takes the pause before it, if there was one, off the running clocks. */
export function hostNow({ clocks, pauses, sharePause }: Host): number {
  const now = monotonicMs();
  const usedMs = cpuMs();
  const lostMs = pauses.look(now, usedMs);
  if (lostMs > 0) clocks.forgive(lostMs, now);
  sharePause({ now, usedMs, lostMs });
  return now;
}

/** Ends the host when its messages are written, or after a short time: a blocked pipe must not keep a trial alive. */
export function endSoon(host: Host): void {
  if (host.ending) return;
  host.ending = true;
  let ended = false;
  const once = (): void => {
    if (!ended) host.parts.end();
    ended = true;
  };
  setTimeout(once, FLUSH_MS);
  host.parts.port.send({ kind: "bye" }, once);
}

/** Sends a message about a trial. `onSent` is called when it is written, or cannot be. */
export function sendTrialMessage(
  { parts }: Host,
  { task }: CurrentTrial,
  message: TrialMessage,
  onSent?: () => void,
): void {
  parts.port.send({ ...message, number: task.number, attempt: task.attempt }, onSent);
}

/** Whether a message is about the running attempt. */
export function isAbout({ task }: CurrentTrial, { number, attempt }: OfAttempt): boolean {
  return task.number === number && task.attempt === attempt;
}

/**
 * Sends how the trial has ended, once. An earlier decision of a guard takes precedence over what the thread has sent.
 */
export function sendOutcome(host: Host, trial: CurrentTrial, end: EngineEnd): void {
  if (trial.hasOutcome) return;
  trial.hasOutcome = true;
  host.clocks.clear();
  host.clocks.arm("cleanup-timeout", CLEANUP_GRACES * host.boot.graceMs, hostNow(host));
  sendTrialMessage(host, trial, { kind: "outcome", end: trial.decided ?? end });
}

/** Sends the last message about a trial, after its cleanup. */
export function sendFinal(
  host: Host,
  source: FinalMemory["source"],
  leftovers: readonly string[] | null,
): void {
  const { trial } = host;
  trial?.ladder?.stop();
  host.trial = null;
  host.clocks.clear();
  host.output.flush();
  setTitle(host, null);
  if (trial)
    sendTrialMessage(host, trial, { kind: "final", memory: { ...host.memory.reading(), source }, leftovers });
}

/** Sends that the setup of the host has failed. The host is useless afterwards. */
export function failSetup(host: Host, error: TrialError, code: string): void {
  if (host.setup.isOver) return;
  host.setup.isOver = true;
  host.clocks.clear();
  host.parts.port.send({
    kind: "setup-failed",
    phase: host.setup.phase,
    error,
    code,
    progress: host.progress.last(),
  });
}

/** Sets the process title, which `ps` shows, such as `belay digits #7`. */
export function setTitle({ boot, parts }: Host, number: number | null): void {
  if (parts.ownProcess) process.title = `belay ${boot.studyName}${number === null ? "" : ` #${number}`}`;
}

/**
 * Writes the host's clocks and memory into its beacon, for the watcher, and for the coordinator after the host's death.
 */
export function updateBeacon(host: Host, now: number): void {
  const { clocks, memory, trial } = host;
  const next = clocks.next();
  const { rssBytes, baselineBytes, peakBytes } = memory.now;
  host.writeBeacon?.({
    at: now,
    deadlineAt: next?.at ?? Number.POSITIVE_INFINITY,
    reason: beaconReason(next?.reason),
    limitMs: next?.limitMs ?? 0,
    trial: trial?.task.number ?? -1,
    split: trial?.split ?? -1,
    rssBytes: rssBytes ?? 0,
    baselineBytes: baselineBytes ?? 0,
    peakBytes: peakBytes ?? 0,
    verdict: beaconReason(trial?.verdict?.reason),
    verdictLimit: trial?.verdict?.limit ?? 0,
    verdictSeen: trial?.verdict?.seen ?? 0,
    sent: host.parts.port.sent,
    received: host.parts.port.received,
  });
}
