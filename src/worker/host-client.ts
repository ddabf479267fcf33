import { EventEmitter, on } from "node:events";
import type { EngineEvent, TrialLimits, TrialTask } from "../core/engine.ts";
import type { StudyManifest } from "../core/study.ts";
import { afterAwake } from "../core/timer.ts";
import { type MemoryReading, UNKNOWN_MEMORY } from "../core/trial.ts";
import { lossWatch } from "./door/loss.ts";
import { type Expected, hostReader, type InvalidMessage, UNKNOWN_STUDY } from "./door/message.ts";
import {
  type HostAttempt,
  type HostClientOptions,
  type HostEvent,
  handleHostEvent,
  newHostAttempt,
} from "./host-attempt.ts";
import { hostSetup, SILENCE_MS } from "./host-setup.ts";
import type { HostLink } from "./link.ts";
import { processLink } from "./process-link.ts";
import type { FromHost } from "./protocol.ts";
import { threadLink } from "./thread-link.ts";

/** The message of a host that is ready for trials. */
export type Ready = Extract<FromHost, { kind: "ready" }>;

/** The coordinator's side of one host, from its start to its exit. */
export interface HostClient {
  readonly pid: number;
  /**
   * Resolves when the study's file is imported and valid. Rejects with a BelayError that says in one line what is
   * wrong.
   */
  readonly loaded: Promise<StudyManifest>;
  /** Runs `data` and `splits`. Rejects as `loaded` does. */
  prepare(): Promise<Ready>;
  /**
   * Runs one attempt. The last event is `final`, or `lost` if the host died before the trial has started, so that it
   * can run in another host.
   */
  run(task: TrialTask, slot: number, signal: AbortSignal): AsyncGenerator<EngineEvent | { kind: "lost" }>;
  /** Changes the limits of the running trial, from its next split on. */
  limit(limits: TrialLimits): void;
  /** Whether the host has exited or is about to, and must not be used again. */
  readonly dead: boolean;
  /** What the last trial has left behind in the host, in words. */
  readonly leftovers: readonly string[];
  /** The last reading of the host's memory. */
  readonly memory: MemoryReading;
  close(): Promise<void>;
}

/**
 * The most unread messages of a host. A thread has at most 10,000 reports open and sends nothing else in such numbers.
 */
const MOST_WAITING = 20_000;
const FLOOD: InvalidMessage = { kind: "invalid", got: `more than ${MOST_WAITING} that wait` };

/** Starts a host. */
export function startHost(options: HostClientOptions): HostClient {
  const { boot, isolation } = options;
  const events = new EventEmitter();
  let number: number | null = null;
  let dead = false;
  let leftovers: readonly string[] = [];
  let memory: MemoryReading = UNKNOWN_MEMORY;

  let expected: Expected = UNKNOWN_STUDY;
  let read = hostReader(expected);
  let hasSentInvalid = false;
  let waiting = 0;

  const learn = (more: Partial<Expected>): void => {
    expected = { ...expected, ...more };
    read = hostReader(expected);
  };
  const pass = (message: FromHost): void => {
    if (message.kind === "output") options.onOutput(message.text, number);
    else if (message.kind === "progress") options.onProgress?.(message.text);
    else {
      if (message.kind === "bye" || (message.kind === "final" && message.leftovers === null)) dead = true;
      else if (message.kind === "loaded") learn({ directions: message.manifest.directions.length });
      else if (message.kind === "ready") learn({ splitCount: message.splitCount });
      if (number !== null && ++waiting > MOST_WAITING) handleInvalid(FLOOD);
      else events.emit("event", message);
    }
  };
  const handleInvalid = (message: InvalidMessage): void => {
    if (hasSentInvalid) return;
    hasSentInvalid = true;
    dead = true;
    events.emit("event", message);
    link.kill();
  };
  const handle = (value: unknown): void => {
    if (hasSentInvalid) return;
    const message = read(value);
    if (message.kind === "invalid") handleInvalid(message);
    else pass(message);
  };
  const listeners = { message: handle, invalid: handleInvalid };
  const link: HostLink =
    isolation === "process" ? processLink(options.environment, listeners) : threadLink(listeners);
  void link.exited.then((exit) => {
    dead = true;
    events.emit("event", { kind: "exit", exit });
  });

  const setup = hostSetup(options, events, link);
  const loaded = setup.loaded().then(({ manifest }) => manifest);
  loaded.catch(() => {}); // a spare that fails while nobody awaits `loaded` must not end the process
  link.send({ kind: "boot", boot });

  async function* run(task: TrialTask, slot: number, signal: AbortSignal): ReturnType<HostClient["run"]> {
    if (dead) return yield { kind: "lost" } as const;
    const messages = on(events, "event") as AsyncIterableIterator<[HostEvent]>;
    number = task.number;
    link.send({ kind: "run", task });
    const { splitCount } = expected;
    const attempt: HostAttempt = newHostAttempt({ ...options, task, slot, link, signal, splitCount });
    waiting = 0;
    const stopWatching = lossWatch(boot.beacon, attempt, handleInvalid);
    let unbound = (): void => {};
    const abort = (): void => {
      link.send({ kind: "abort" });
      unbound = afterAwake(boot.graceMs + SILENCE_MS, () => link.kill());
    };
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    try {
      for await (const [message] of messages) {
        waiting--;
        const engineEvents = await handleHostEvent(attempt, message);
        memory = attempt.memory;
        leftovers = attempt.leftovers;
        yield* engineEvents;
        if (attempt.isOver) return;
      }
    } finally {
      unbound();
      stopWatching();
      signal.removeEventListener("abort", abort);
      number = null;
    }
  }

  return {
    pid: link.pid,
    loaded,
    async prepare() {
      await loaded;
      const ready = setup.ready();
      link.send({ kind: "prepare" });
      return ready;
    },
    run,
    limit: (limits) => link.send({ kind: "limits", limits }),
    get dead() {
      return dead;
    },
    get leftovers() {
      return leftovers;
    },
    get memory() {
      return memory;
    },
    async close() {
      dead = true;
      link.kill();
      await link.exited;
    },
  };
}
