import { EventEmitter, on } from "node:events";
import type { EngineEvent, TrialLimits, TrialTask } from "../core/engine.ts";
import type { StudyManifest } from "../core/study.ts";
import { afterAwake } from "../core/timer.ts";
import { type MemoryReading, UNKNOWN_MEMORY } from "../core/trial.ts";
import { type Attempt, type Heard, type HostClientOptions, hearHost, startAttempt } from "./attempt.ts";
import { lossWatch } from "./door/loss.ts";
import { type Expected, type Foreign, hostReader, UNKNOWN_STUDY } from "./door/message.ts";
import type { HostLink } from "./link.ts";
import { processLink } from "./process-link.ts";
import type { FromHost, HostBoot } from "./protocol.ts";
import { diedInSetup, foreignInSetup, setupError } from "./setup-error.ts";
import { threadLink } from "./thread-link.ts";

/** What a host told when it was ready. */
export type Ready = Extract<FromHost, { kind: "ready" }>;

/** The coordinator's side of one host, from its start to its end. */
export interface HostClient {
  readonly pid: number;
  /** The file is imported and valid. Rejects with a BelayError whose one line says what is wrong. */
  readonly loaded: Promise<StudyManifest>;
  /** Runs `data` and `splits`. Rejects likewise. */
  prepare(): Promise<Ready>;
  /**
   * Runs one attempt; the last event is `final`. `lost`: the host was gone before it heard of the trial, which may
   * run in another.
   */
  run(task: TrialTask, slot: number, signal: AbortSignal): AsyncGenerator<EngineEvent | { kind: "lost" }>;
  /** Gives the running trial other limits, from its next split on. */
  limit(limits: TrialLimits): void;
  /** It is gone or about to go: not to be used again. */
  readonly dead: boolean;
  /** What the last trial has left behind in it. */
  readonly dirt: readonly string[];
  /** The last reading. */
  readonly memory: MemoryReading;
  close(): Promise<void>;
}

/** A host that has not answered this long after its own clocks must have ended it is killed. */
const SILENCE_MS = 2_000;

/** A thread has at most 10,000 questions open, and nothing else to say in such numbers. */
const MOST_WAITING = 20_000;
const FLOOD: Foreign = { kind: "foreign", came: `more than ${MOST_WAITING} that wait` };

/** Starts a host. */
export function startHost(options: HostClientOptions): HostClient {
  const { boot, isolation } = options;
  const heard = new EventEmitter();
  let number: number | null = null;
  let dead = false;
  let dirt: readonly string[] = [];
  let memory: MemoryReading = UNKNOWN_MEMORY;

  let expected: Expected = UNKNOWN_STUDY;
  let read = hostReader(expected);
  let isForeign = false;
  let waiting = 0;

  const learn = (more: Partial<Expected>): void => {
    expected = { ...expected, ...more };
    read = hostReader(expected);
  };
  const pass = (message: FromHost): void => {
    if (message.kind === "output") options.onOutput(message.text, number);
    else if (message.kind === "progress") options.onProgress?.(message.text);
    else {
      if (message.kind === "bye" || (message.kind === "final" && message.dirt === null)) dead = true;
      else if (message.kind === "loaded") learn({ directions: message.manifest.directions.length });
      else if (message.kind === "ready") learn({ splitCount: message.splitCount });
      if (number !== null && ++waiting > MOST_WAITING) foreign(FLOOD);
      else heard.emit("message", message);
    }
  };
  const foreign = (came: Foreign): void => {
    if (isForeign) return;
    isForeign = true;
    dead = true;
    heard.emit("message", came);
    link.kill();
  };
  const hear = (sent: unknown): void => {
    if (isForeign) return;
    const message = read(sent);
    if (message.kind === "foreign") foreign(message);
    else pass(message);
  };
  const ears = { hear, foreign };
  const link: HostLink = isolation === "process" ? processLink(options.environment, ears) : threadLink(ears);
  void link.gone.then((exit) => {
    dead = true;
    heard.emit("message", { kind: "gone", exit });
  });

  const loaded = within(once(heard, boot, "loaded"), boot.setupTimeoutMs, link).then(
    (message) => message.manifest,
  );
  loaded.catch(() => {}); // whoever waits for it hears of it; a spare that nobody waits for must not end the process
  link.send({ kind: "boot", boot });

  async function* run(task: TrialTask, slot: number, signal: AbortSignal): ReturnType<HostClient["run"]> {
    if (dead) return yield { kind: "lost" } as const;
    const messages = on(heard, "message") as AsyncIterableIterator<[Heard]>;
    number = task.number;
    link.send({ kind: "run", task });
    const { splitCount } = expected;
    const attempt: Attempt = startAttempt({ ...options, task, slot, link, signal, splitCount });
    waiting = 0;
    const stopWatching = lossWatch(boot.beacon, attempt, foreign);
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
        const events = await hearHost(attempt, message);
        memory = attempt.memory;
        dirt = attempt.dirt;
        yield* events;
        if (attempt.over) return;
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
      const ready = once(heard, boot, "ready");
      link.send({ kind: "prepare" });
      return within(ready, boot.setupTimeoutMs, link);
    },
    run,
    limit: (limits) => link.send({ kind: "limits", limits }),
    get dead() {
      return dead;
    },
    get dirt() {
      return dirt;
    },
    get memory() {
      return memory;
    },
    async close() {
      dead = true;
      link.kill();
      await link.gone;
    },
  };
}

/** A host whose own clocks stand still is killed; its death is then what `answer` hears of. */
async function within<T>(answer: Promise<T>, limitMs: number, link: HostLink): Promise<T> {
  const unbound = afterAwake(limitMs + SILENCE_MS, () => link.kill());
  try {
    return await answer;
  } finally {
    unbound();
  }
}

/** Waits for one kind of message of a host that is being set up. */
function once<K extends "loaded" | "ready">(
  heard: EventEmitter,
  boot: HostBoot,
  kind: K,
): Promise<Extract<FromHost, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const listen = (message: Heard): void => {
      if (message.kind === kind) resolve(message as Extract<FromHost, { kind: K }>);
      else if (message.kind === "setup-failed") reject(setupError(boot, message));
      else if (message.kind === "foreign") reject(foreignInSetup(boot, message));
      else if (message.kind === "gone") reject(diedInSetup(boot, message.exit));
      else return;
      heard.off("message", listen);
    };
    heard.on("message", listen);
  });
}
