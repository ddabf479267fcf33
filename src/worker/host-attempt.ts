import type { Answer, EngineEnd, EngineEvent, TrialTask } from "../core/engine.ts";
import { withMaxAge } from "../core/max-age.ts";
import { type FinalMemory, type MemoryReading, type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import { kernelKills } from "../machine/oom-kills.ts";
import { type Beacon, readBeacon } from "./beacon.ts";
import { endOfDead, lastMemory, withRung } from "./death.ts";
import type { InvalidMessage } from "./door/message.ts";
import { sequenceError } from "./door/order.ts";
import type { HostExit, HostLink } from "./link.ts";
import type { FromHost, HostBoot, OfAttempt, Rung, TrialMessage } from "./protocol.ts";
import { duringSplit } from "./verdict.ts";
import type { WatcherKill } from "./watcher/protocol.ts";

/** What arrives from a host: messages, at most one invalid message, and at last its exit. */
export type HostEvent = FromHost | InvalidMessage | { readonly kind: "exit"; readonly exit: HostExit };

/** The options of a host client. */
export interface HostClientOptions {
  readonly boot: HostBoot;
  readonly isolation: "process" | "thread";
  /** Environment variables of the host, set before its process starts, because native code reads them only then. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onOutput: (text: string, number: number | null) => void;
  /** Called with the progress of `data`. */
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Asks the watcher, once the host has exited, whether and why it has killed it. */
  readonly killOf?: (pid: number) => Promise<WatcherKill | null>;
  /** GPU memory of the process at the last reading, in bytes; null if unknown. */
  readonly gpuBytes?: () => number | null;
}

/**
 * The count at the start of an attempt may be up to a second old, since reading it each time would delay short trials.
 */
const killsBefore = withMaxAge(kernelKills, 1_000);

/** The state of an attempt that runs in a host, as derived from the host's messages on the coordinator's side. */
export interface HostAttempt extends Pick<HostClientOptions, "boot" | "killOf" | "gpuBytes"> {
  readonly task: TrialTask;
  readonly slot: number;
  readonly link: HostLink;
  readonly signal: AbortSignal;
  readonly began: number;
  readonly kernelKills: number;
  /** The last split that has begun; -1 before the first. */
  split: number;
  started: boolean;
  /** The outcome was passed on. */
  hasOutcome: boolean;
  /** The last event was passed on. */
  isOver: boolean;
  /** The outcome that the host's guard has decided on; null so far. */
  guarded: Outcome | null;
  /** The host has sent an invalid message, so that only its exit is awaited. */
  refused: boolean;
  rung: Rung | null;
  memory: MemoryReading;
  leftovers: readonly string[];
  /** The number of splits; null if unknown. */
  readonly splitCount: number | null;
  /** The splits that earlier attempts have recorded and that this one has sent. */
  readonly splits: Set<number>;
  /** The last answer that ends the attempt; null if it may go on. */
  answered: Exclude<Answer, "go"> | null;
}

type HostAttemptOptions = Pick<
  HostAttempt,
  "boot" | "killOf" | "gpuBytes" | "task" | "slot" | "link" | "signal" | "splitCount"
>;

/** Creates the state of an attempt that is about to run. */
export function newHostAttempt(options: HostAttemptOptions): HostAttempt {
  return {
    ...options,
    began: performance.now(),
    kernelKills: killsBefore(),
    split: -1,
    started: false,
    hasOutcome: false,
    isOver: false,
    guarded: null,
    refused: false,
    rung: null,
    memory: UNKNOWN_MEMORY,
    leftovers: [],
    splits: new Set(options.task.recorded.map(({ split }) => split)),
    answered: null,
  };
}

/** Updates the attempt by what has arrived from its host. @returns the events for the coordinator. */
export async function handleHostEvent(
  attempt: HostAttempt,
  message: HostEvent,
): Promise<readonly (EngineEvent | { kind: "lost" })[]> {
  if (message.kind === "exit") return handleExit(attempt, message.exit);
  if (attempt.refused) return [];
  if (message.kind === "invalid") return refuse(attempt, message);
  const { task } = attempt;
  if (!("attempt" in message) || message.number !== task.number || message.attempt !== task.attempt)
    return [];
  const error = sequenceError(attempt, message);
  if (error !== null) return refuse(attempt, { kind: "invalid", got: error });
  return handleTrialMessage(attempt, message);
}

/**
 * Ends a host that has sent an invalid message, since it cannot be trusted any more. An outcome that it has sent before
 * stands. If the trial has not started, an earlier one is to blame, and this one runs in another host.
 */
function refuse(attempt: HostAttempt, { got }: InvalidMessage): readonly [] {
  const message = `host: expected messages of Belay, got ${got}`;
  attempt.refused = true;
  attempt.guarded ??= {
    state: "fail",
    reason: "crash",
    detail: { during: duringSplit(attempt.split) },
    error: { name: "ProtocolError", message, stack: null },
  };
  attempt.link.kill();
  return [];
}

function handleTrialMessage(attempt: HostAttempt, message: OfAttempt & TrialMessage): readonly EngineEvent[] {
  const { link } = attempt;
  switch (message.kind) {
    case "started": {
      const { baselineBytes } = message;
      attempt.started = true;
      attempt.memory = {
        ...UNKNOWN_MEMORY,
        baselineBytes,
        rssBytes: baselineBytes,
        peakBytes: baselineBytes,
      };
      return [{ kind: "started", slot: attempt.slot, pid: link.pid, baselineBytes }];
    }
    case "split-began":
      attempt.split = message.split;
      return [{ kind: "split-began", split: message.split }];
    case "split": {
      attempt.splits.add(message.result.split);
      attempt.memory = withGpu(attempt, message.result.memory);
      const result = { ...message.result, memory: attempt.memory };
      return [{ kind: "split", result, partial: message.partial, answer: answerer(attempt, message.id) }];
    }
    case "report":
      return [{ kind: "report", report: message.report, answer: answerer(attempt, message.id) }];
    case "guard":
      attempt.guarded = message.outcome;
      attempt.memory = withGpu(attempt, message.memory);
      return [{ kind: "guard", outcome: message.outcome }];
    case "rung":
      attempt.rung = message.rung;
      return [];
    case "outcome":
      return [outcome(attempt, withRung(message.end, attempt.rung))];
    case "final":
      attempt.leftovers = message.leftovers ?? [];
      return [final(attempt, withGpu(attempt, message.memory), message.memory.source)];
  }
}

/** Completes the attempt of a host that has exited: from its beacon, its exit and what killed it. */
async function handleExit(
  attempt: HostAttempt,
  exit: HostExit,
): Promise<readonly (EngineEvent | { kind: "lost" })[]> {
  const { boot, link, task, signal } = attempt;
  const watcherKill = (await attempt.killOf?.(link.pid)) ?? null;
  if (!attempt.started && !signal.aborted) {
    attempt.isOver = true;
    return [{ kind: "lost" }];
  }
  const beacon = lastBeacon(boot.beacon, task.number);
  const memory = lastMemory(attempt.memory, beacon);
  const events: EngineEvent[] = [];
  if (!attempt.hasOutcome) {
    const end = endOfDead({
      exit,
      guarded: attempt.guarded,
      rung: attempt.rung,
      killedByWatcher: watcherKill?.outcome ?? null,
      beacon,
      split: laterOf(task, attempt.split, beacon?.split ?? -1),
      wasAborted: signal.aborted,
      wasKilled: link.killed,
      kernelKills: kernelKills() - attempt.kernelKills,
      memoryBytes: task.limits.memoryBytes,
    });
    events.push(outcome(attempt, end));
  }
  const seen = watcherKill ? withLastRss(memory, watcherKill.rssBytes) : memory;
  events.push(final(attempt, withGpu(attempt, seen), "guard"));
  return events;
}

/** Which of two splits runs later in an attempt; -1 is before the first. */
function laterOf({ order }: TrialTask, a: number, b: number): number {
  if (!order) return Math.max(a, b);
  return order.indexOf(b) > order.indexOf(a) ? b : a;
}

function lastBeacon(file: string | null, number: number): Beacon | null {
  const beacon = file ? readBeacon(file) : null;
  return beacon?.trial === number ? beacon : null;
}

function withLastRss(memory: MemoryReading, rssBytes: number): MemoryReading {
  return rssBytes > 0
    ? { ...memory, rssBytes, peakBytes: Math.max(memory.peakBytes ?? 0, rssBytes) }
    : memory;
}

function outcome(attempt: HostAttempt, end: EngineEnd): EngineEvent {
  attempt.hasOutcome = true;
  return { kind: "outcome", end };
}

function final(attempt: HostAttempt, memory: MemoryReading, source: FinalMemory["source"]): EngineEvent {
  attempt.isOver = true;
  attempt.memory = memory;
  const durationMs = Math.round(performance.now() - attempt.began);
  return { kind: "final", memory: { ...memory, source }, durationMs };
}

function answerer(attempt: HostAttempt, id: number | null): (answer: Answer) => void {
  const { number, attempt: count } = attempt.task;
  return (answer) => {
    if (answer !== "go") attempt.answered = answer;
    if (id !== null) attempt.link.send({ kind: "answer", id, answer, number, attempt: count });
  };
}

function withGpu({ gpuBytes }: HostAttempt, memory: MemoryReading): MemoryReading {
  return { ...memory, gpuBytes: gpuBytes?.() ?? null };
}
