import type { Answer, EngineEnd, EngineEvent, TrialTask } from "../core/engine.ts";
import { withMaxAge } from "../core/max-age.ts";
import { type FinalMemory, type MemoryReading, type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import { kernelKills } from "../machine/oom-kills.ts";
import { type Beacon, readBeacon } from "./beacon.ts";
import { endOfDead, lastMemory, withRung } from "./death.ts";
import type { Foreign } from "./door/message.ts";
import { objection } from "./door/order.ts";
import type { HostExit, HostLink } from "./link.ts";
import type { FromHost, HostBoot, OfAttempt, Rung, TrialWord } from "./protocol.ts";
import { duringSplit } from "./verdict.ts";
import type { Blame } from "./watcher/protocol.ts";

/** What a client hears: its host's messages, what is none, and at last that it is gone. */
export type Heard = FromHost | Foreign | { readonly kind: "gone"; readonly exit: HostExit };

/** What a client needs besides its host's boot. */
export interface HostClientOptions {
  readonly boot: HostBoot;
  readonly isolation: "process" | "thread";
  /** Set before the process starts, since native code reads it only then. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onOutput: (text: string, number: number | null) => void;
  /** How far `data` has come. */
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Asks the watcher, once the host is gone, whether it was the one who killed it. */
  readonly blame?: (pid: number) => Promise<Blame | null>;
  /** GPU memory of the process at the last reading; null when it is not known. */
  readonly gpuBytes?: () => number | null;
}

/** Those up to a second before an attempt count as its own: reading them anew for each would hold up short trials. */
const killsBefore = withMaxAge(kernelKills, 1_000);

/** One attempt as the coordinator's side follows it through its host's messages. */
export interface Attempt extends Pick<HostClientOptions, "boot" | "blame" | "gpuBytes"> {
  readonly task: TrialTask;
  readonly slot: number;
  readonly link: HostLink;
  readonly signal: AbortSignal;
  readonly began: number;
  readonly kernelKills: number;
  /** The last split that began; -1 before the first. */
  split: number;
  started: boolean;
  /** Its outcome is out. */
  told: boolean;
  /** Its last event is out. */
  over: boolean;
  guarded: Outcome | null;
  /** Its host has sent what is no message: only its end is awaited. */
  refused: boolean;
  rung: Rung | null;
  memory: MemoryReading;
  dirt: readonly string[];
  /** How many splits there are; null where nobody has told. */
  readonly splitCount: number | null;
  /** The splits that are recorded already, and those that have come. */
  readonly splits: Set<number>;
  /** What was answered last to end it; null: it may go on. */
  answered: Exclude<Answer, "go"> | null;
}

type NewAttempt = Pick<
  Attempt,
  "boot" | "blame" | "gpuBytes" | "task" | "slot" | "link" | "signal" | "splitCount"
>;

export function startAttempt(options: NewAttempt): Attempt {
  return {
    ...options,
    began: performance.now(),
    kernelKills: killsBefore(),
    split: -1,
    started: false,
    told: false,
    over: false,
    guarded: null,
    refused: false,
    rung: null,
    memory: UNKNOWN_MEMORY,
    dirt: [],
    splits: new Set(options.task.recorded.map(({ split }) => split)),
    answered: null,
  };
}

/** What a message means for the attempt, as events for the coordinator. */
export async function hearHost(
  attempt: Attempt,
  message: Heard,
): Promise<readonly (EngineEvent | { kind: "lost" })[]> {
  if (message.kind === "gone") return hearDeath(attempt, message.exit);
  if (attempt.refused) return [];
  if (message.kind === "foreign") return refuse(attempt, message);
  const { task } = attempt;
  if (!("attempt" in message) || message.number !== task.number || message.attempt !== task.attempt)
    return [];
  const came = objection(attempt, message);
  return came === null ? hearTrial(attempt, message) : refuse(attempt, { kind: "foreign", came });
}

/**
 * What is no message, or cannot be one now: the host is not to be trusted any more. A result that has come stands; and
 * what comes before the trial has started is an earlier one's doing, so that this one runs in another host.
 */
function refuse(attempt: Attempt, { came }: Foreign): readonly [] {
  const message = `host: expected messages of Belay, got ${came}`;
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

function hearTrial(attempt: Attempt, message: OfAttempt & TrialWord): readonly EngineEvent[] {
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
      attempt.dirt = message.dirt ?? [];
      return [final(attempt, withGpu(attempt, message.memory), message.memory.source)];
  }
}

/** The host is dead, before or after the result: what it left in its beacon, and who killed it. */
async function hearDeath(
  attempt: Attempt,
  exit: HostExit,
): Promise<readonly (EngineEvent | { kind: "lost" })[]> {
  const { boot, link, task, signal } = attempt;
  const blame = (await attempt.blame?.(link.pid)) ?? null;
  if (!attempt.started && !signal.aborted) {
    attempt.over = true;
    return [{ kind: "lost" }];
  }
  const beacon = lastWords(boot.beacon, task.number);
  const memory = lastMemory(attempt.memory, beacon);
  const events: EngineEvent[] = [];
  if (!attempt.told) {
    const end = endOfDead({
      exit,
      guarded: attempt.guarded,
      rung: attempt.rung,
      blamed: blame?.outcome ?? null,
      beacon,
      split: Math.max(attempt.split, beacon?.split ?? -1),
      wasAborted: signal.aborted,
      wasKilled: link.killed,
      kernelKills: kernelKills() - attempt.kernelKills,
      memoryBytes: task.limits.memoryBytes,
    });
    events.push(outcome(attempt, end));
  }
  const seen = blame ? lastSeen(memory, blame.rssBytes) : memory;
  events.push(final(attempt, withGpu(attempt, seen), "guard"));
  return events;
}

function lastWords(file: string | null, number: number): Beacon | null {
  const beacon = file ? readBeacon(file) : null;
  return beacon?.trial === number ? beacon : null;
}

function lastSeen(memory: MemoryReading, rssBytes: number): MemoryReading {
  return rssBytes > 0
    ? { ...memory, rssBytes, peakBytes: Math.max(memory.peakBytes ?? 0, rssBytes) }
    : memory;
}

function outcome(attempt: Attempt, end: EngineEnd): EngineEvent {
  attempt.told = true;
  return { kind: "outcome", end };
}

function final(attempt: Attempt, memory: MemoryReading, source: FinalMemory["source"]): EngineEvent {
  attempt.over = true;
  attempt.memory = memory;
  const durationMs = Math.round(performance.now() - attempt.began);
  return { kind: "final", memory: { ...memory, source }, durationMs };
}

function answerer(attempt: Attempt, id: number | null): (answer: Answer) => void {
  const { number, attempt: count } = attempt.task;
  return (answer) => {
    if (answer !== "go") attempt.answered = answer;
    if (id !== null) attempt.link.send({ kind: "answer", id, answer, number, attempt: count });
  };
}

function withGpu({ gpuBytes }: Attempt, memory: MemoryReading): MemoryReading {
  return { ...memory, gpuBytes: gpuBytes?.() ?? null };
}
