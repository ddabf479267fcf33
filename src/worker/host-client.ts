import { EventEmitter, on } from "node:events";
import type { EngineEnd, EngineEvent, TrialLimits, TrialTask } from "../core/engine.ts";
import { BelayError } from "../core/error.ts";
import type { StudyManifest } from "../core/study.ts";
import { type FinalMemory, type MemoryReading, type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import { forkHost, type HostExit, type HostLink, threadHost } from "./link.ts";
import type { FromHost, HostBoot, Rung } from "./protocol.ts";

/** What a host told when it was ready. */
export type Ready = Extract<FromHost, { kind: "ready" }>;

/** The coordinator's side of one host, from its start to its end. */
export interface HostClient {
  readonly pid: number;
  /** The file is imported and valid. Rejects with a BelayError whose one line says what is wrong. */
  readonly loaded: Promise<StudyManifest>;
  /** Runs `data` and `splits`. Rejects likewise. */
  prepare(): Promise<Ready>;
  /** Runs one attempt; the last event is `final`. Afterwards `dead` tells whether the host can be used again. */
  run(task: TrialTask, slot: number, signal: AbortSignal): AsyncGenerator<EngineEvent>;
  /** A watcher is about to kill this host: the reason that it gives counts, unless one is known already. */
  blame(outcome: Outcome, rssBytes: number): void;
  /** Gives the running trial other limits, from its next split on. */
  limit(limits: TrialLimits): void;
  readonly dead: boolean;
  /** RSS at the last reading. */
  readonly memory: MemoryReading;
  close(): Promise<void>;
}

/** After its result a trial has this long for its cleanup; then its host is killed, and the result stands. */
const CLEANUP_MS = 10_000;

/** Starts a host. `environment` is set before the process starts, since native code reads it only then. */
export function startHost(
  boot: HostBoot,
  isolation: "process" | "thread",
  environment: Readonly<Record<string, string>>,
  onOutput: (text: string, number: number | null) => void,
): HostClient {
  const heard = new EventEmitter();
  let number: number | null = null;
  let dead = false;
  let blamed: Outcome | null = null;
  let memory: MemoryReading = UNKNOWN_MEMORY;

  const hear = (message: FromHost): void => {
    if (message.kind === "output") onOutput(message.text, number);
    else heard.emit("message", message);
  };
  const link: HostLink = isolation === "process" ? forkHost(environment, hear) : threadHost(hear);
  void link.gone.then((exit) => {
    dead = true;
    heard.emit("message", { kind: "gone", exit });
  });

  const loaded = once(heard, boot, "loaded").then((message) => message.manifest);
  loaded.catch(() => {}); // whoever waits for it hears of it; a spare that nobody waits for must not end the process
  link.send({ kind: "boot", boot });

  async function* run(task: TrialTask, slot: number, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    number = task.number;
    blamed = null;
    const began = performance.now();
    const messages = on(heard, "message") as AsyncIterableIterator<
      [FromHost | { kind: "gone"; exit: HostExit }]
    >;
    const abort = (): void => link.send({ kind: "abort" });
    signal.addEventListener("abort", abort);
    let guarded: Outcome | null = null;
    let rung: Rung | null = null;
    let told = false;
    let hurry: NodeJS.Timeout | undefined;
    const outcome = (end: EngineEnd): EngineEvent => {
      told = true;
      hurry = setTimeout(() => link.kill(), CLEANUP_MS);
      return { kind: "outcome", end: withRung(end, rung) };
    };
    const final = (last: FinalMemory): EngineEvent => ({
      kind: "final",
      memory: last,
      durationMs: Math.round(performance.now() - began),
    });
    link.send({ kind: "run", task });
    if (signal.aborted) abort();
    try {
      for await (const [message] of messages) {
        if (message.kind === "started") {
          yield { kind: "started", slot, pid: link.pid, baselineBytes: message.baselineBytes };
        } else if (message.kind === "split-began") yield message;
        else if (message.kind === "split") {
          memory = message.result.memory;
          yield {
            kind: "split",
            result: message.result,
            partial: message.partial,
            answer: (answer) => link.send({ kind: "answer", id: message.id, answer }),
          };
        } else if (message.kind === "report") {
          yield {
            kind: "report",
            report: message.report,
            answer: (answer) => link.send({ kind: "answer", id: message.id, answer }),
          };
        } else if (message.kind === "guard") {
          guarded = message.outcome;
          memory = message.memory;
          yield { kind: "guard", outcome: message.outcome };
        } else if (message.kind === "rung") rung = message.rung;
        else if (message.kind === "outcome") {
          if (!told) yield outcome(message.end);
        } else if (message.kind === "final") {
          memory = message.memory;
          yield final(message.memory);
          return;
        } else if (message.kind === "gone") {
          if (!told)
            yield outcome(
              guarded ?? blamed ?? (signal.aborted ? { state: "interrupted" } : afterDeath(message.exit)),
            );
          yield final({ ...memory, source: "guard" });
          return;
        }
      }
    } finally {
      clearTimeout(hurry);
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
      return ready;
    },
    run,
    blame: (outcome, rssBytes) => {
      blamed ??= outcome;
      memory = { ...memory, rssBytes, peakBytes: Math.max(memory.peakBytes ?? 0, rssBytes) };
    },
    limit: (limits) => link.send({ kind: "limits", limits }),
    get dead() {
      return dead;
    },
    get memory() {
      return memory;
    },
    async close() {
      link.kill();
      await link.gone;
    },
  };
}

function withRung(end: EngineEnd, rung: Rung | null): EngineEnd {
  if (end.state !== "pruned" || rung === null || !("by" in end.detail)) return end;
  return { ...end, detail: { rung, ...end.detail } };
}

/** Waits for one kind of message of a host that is being set up. */
function once<K extends "loaded" | "ready">(
  heard: EventEmitter,
  boot: HostBoot,
  kind: K,
): Promise<Extract<FromHost, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const listen = (message: FromHost | { kind: "gone"; exit: HostExit }): void => {
      if (message.kind === kind) resolve(message as Extract<FromHost, { kind: K }>);
      else if (message.kind === "setup-failed") reject(setupError(boot, message));
      else if (message.kind === "gone") reject(diedInSetup(boot, message.exit));
      else return;
      heard.off("message", listen);
    };
    heard.on("message", listen);
  });
}

function setupError(
  boot: HostBoot,
  { phase, error, code }: Extract<FromHost, { kind: "setup-failed" }>,
): BelayError {
  const known = code === "study" || code === "backend" || code === "usage";
  const cause = new Error(error.message);
  cause.name = error.name;
  if (error.stack) cause.stack = error.stack;
  if (known && error.message.includes(boot.studyFile))
    return new BelayError("study", error.message, { cause });
  const isReady = known || error.name === "Timeout" || error.name === "Exit";
  const thrown =
    error.name === "thrown" ? error.message : `threw ${error.name}: ${error.message.split("\n")[0]}`;
  const message = isReady ? error.message : thrown;
  const where = phase === "import" || message.startsWith(`${phase}:`) ? "" : `${phase}: `;
  return new BelayError(
    code === "backend" ? "backend" : known || phase === "import" ? "study" : "setup",
    `${boot.studyFile}: ${where}${message}`,
    { cause },
  );
}

function diedInSetup(boot: HostBoot, exit: HostExit): BelayError {
  const how = exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
  const heap = outOfHeap(exit) ? " (V8 ran out of heap)" : "";
  return new BelayError(
    "setup",
    `${boot.studyFile}: expected its host to become ready, and the process ended with ${how}${heap}`,
  );
}

function outOfHeap(exit: HostExit): boolean {
  return /JavaScript heap out of memory|Reached heap limit|invalid table size/i.test(exit.stderr);
}

/** A host that died without a word: what its exit tells. */
function afterDeath(exit: HostExit): Outcome {
  if (outOfHeap(exit)) return { state: "fail", reason: "heap", detail: { by: "v8" }, error: null };
  if (exit.signal) return { state: "fail", reason: "crash", detail: { signal: exit.signal }, error: null };
  return { state: "fail", reason: "exit", detail: { exitCode: exit.code }, error: null };
}
