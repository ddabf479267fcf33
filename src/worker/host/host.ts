import type { EngineEnd, TrialLimits, TrialTask } from "../../core/engine.ts";
import type { FinalMemory, TrialError } from "../../core/trial.ts";
import type { Deadlines } from "../../guard/deadline.ts";
import type { Meter } from "../../machine/meter.ts";
import { cpuMs, type PauseWatch } from "../../machine/pauses.ts";
import { type Beacon, beaconReason, monotonicMs } from "../beacon.ts";
import type { Expected, Foreign } from "../door/message.ts";
import type { PauseLook } from "../pause-share.ts";
import type {
  FromHost,
  FromThread,
  HostBoot,
  OfAttempt,
  SetupPhase,
  ToHost,
  TrialWord,
} from "../protocol.ts";
import type { GuardVerdict } from "../verdict.ts";
import type { IdleWatch } from "./idle.ts";
import type { ladder } from "./ladder.ts";
import type { HostMemory } from "./memory.ts";
import type { outputCap } from "./output.ts";
import type { processState } from "./process-state.ts";
import type { setupProgress } from "./setup-progress.ts";
import type { Trainer } from "./trainer.ts";

/** What a host works with: the real things in a process of its own, fewer of them inside the coordinator's. */
export interface HostParts {
  readonly port: {
    send(message: FromHost, sent?: () => void): void;
    listen(listener: (message: ToHost) => void): void;
    /** How many messages have been sent and heard. */
    readonly sent: number;
    readonly heard: number;
  };
  /** null where this process's memory is not the trial's alone. */
  readonly meter: Meter | null;
  /** Ends the host: kills the process group, or says that the thread is gone. */
  readonly end: () => void;
  readonly ownProcess: boolean;
}

/** A trial as its host follows it. */
export interface CurrentTrial {
  readonly task: TrialTask;
  /** The limits of the split that runs. */
  limits: TrialLimits;
  /** Limits that have come meanwhile: for the next split. */
  nextLimits: TrialLimits | null;
  /** The split that runs or ran last; -1 before the first. */
  split: number;
  /** A split is over, and its verdict is awaited. */
  between: boolean;
  /** Its result has arrived: from here on nothing can change it. */
  told: boolean;
  /** Somebody has decided how it ends; the first decision wins over what the thread still says. */
  decided: EngineEnd | null;
  verdict: GuardVerdict | null;
  ladder: ReturnType<typeof ladder> | null;
}

/** A host that serves one study: what its parts share. */
export interface Host {
  readonly parts: HostParts;
  readonly boot: HostBoot;
  readonly clocks: Deadlines;
  readonly pauses: PauseWatch;
  /** Tells the thread of a look, and of the pause before it. */
  readonly sharePause: (look: PauseLook) => void;
  readonly memory: HostMemory;
  readonly processState: ReturnType<typeof processState>;
  readonly idle: IdleWatch;
  readonly output: ReturnType<typeof outputCap>;
  readonly trainer: Trainer;
  readonly writeBeacon: ((beacon: Beacon) => void) | null;
  readonly progress: ReturnType<typeof setupProgress>;
  readonly setup: { phase: SetupPhase; began: number; over: boolean };
  /** What the study is like, as far as its thread has told, and the reader of its messages that goes by it. */
  expected: Expected;
  read: (sent: unknown) => FromThread | Foreign;
  trial: CurrentTrial | null;
  /** The trial that is about to begin was told to end. */
  abortedEarly: boolean;
  ending: boolean;
}

/** After its result a trial has this many times its grace for its cleanup. */
const CLEANUP_GRACES = 10;
/** How long messages may take to leave before a host kills its group all the same. */
const FLUSH_MS = 50;

/** What time it is for the clocks of a host: those that run do not count a time in which it stood still. */
export function hostNow({ clocks, pauses, sharePause }: Host): number {
  const now = monotonicMs();
  const usedMs = cpuMs();
  const lostMs = pauses.look(now, usedMs);
  if (lostMs > 0) clocks.forgive(lostMs, now);
  sharePause({ now, usedMs, lostMs });
  return now;
}

/** Ends the host once what was sent is out; a stuck pipe must not save a trial. */
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

/** Sends a message about a trial. `sent` is called once it has left, or cannot. */
export function say({ parts }: Host, { task }: CurrentTrial, word: TrialWord, sent?: () => void): void {
  parts.port.send({ ...word, number: task.number, attempt: task.attempt }, sent);
}

/** Whether a message is about the attempt that runs. */
export function isAbout({ task }: CurrentTrial, { number, attempt }: OfAttempt): boolean {
  return task.number === number && task.attempt === attempt;
}

/** Tells how the trial ended: once, and what a guard has decided before goes over what the thread says. */
export function tell(host: Host, trial: CurrentTrial, end: EngineEnd): void {
  if (trial.told) return;
  trial.told = true;
  host.clocks.clear();
  host.clocks.arm("cleanup-timeout", CLEANUP_GRACES * host.boot.graceMs, hostNow(host));
  say(host, trial, { kind: "outcome", end: trial.decided ?? end });
}

/** The trial is over and cleaned up: the last word about it. */
export function finish(host: Host, source: FinalMemory["source"], dirt: readonly string[] | null): void {
  const { trial } = host;
  trial?.ladder?.stop();
  host.trial = null;
  host.clocks.clear();
  host.output.flush();
  title(host, null);
  if (trial) say(host, trial, { kind: "final", memory: { ...host.memory.reading(), source }, dirt });
}

/** Tells that the host cannot be made ready; after that it is of no use. */
export function failSetup(host: Host, error: TrialError, code: string): void {
  if (host.setup.over) return;
  host.setup.over = true;
  host.clocks.clear();
  host.parts.port.send({
    kind: "setup-failed",
    phase: host.setup.phase,
    error,
    code,
    progress: host.progress.last(),
  });
}

/** What `ps` shows: `belay digits #7`. */
export function title({ boot, parts }: Host, number: number | null): void {
  if (parts.ownProcess) process.title = `belay ${boot.studyName}${number === null ? "" : ` #${number}`}`;
}

/** Writes where the clocks stand and what is held, for the watcher and for those who ask when this host is dead. */
export function showBeacon(host: Host, now: number): void {
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
    heard: host.parts.port.heard,
  });
}
