import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { TrialTask } from "../../core/engine.ts";
import type { GuardReason, TrialError } from "../../core/trial.ts";
import { deadlines } from "../../guard/deadline.ts";
import type { Meter } from "../../guard/meter.ts";
import { pinNative } from "../../tensorflow/load.ts";
import { BEACON_REASONS, beaconWriter, monotonicMs } from "../beacon.ts";
import { entryUrl } from "../entry-url.ts";
import type {
  FromHost,
  FromThread,
  HostBoot,
  IsolateMemory,
  SetupPhase,
  ThreadBoot,
  ToHost,
  ToThread,
} from "../protocol.ts";
import { trialErrorOf } from "../thread/result.ts";
import { hostMemory } from "./memory.ts";
import { outputCap } from "./output.ts";
import {
  type CurrentTrial,
  duringOf,
  followTrial,
  guardTrial,
  type Hold,
  interruptTrial,
} from "./trial-watch.ts";

/** How often a host looks at its clocks and its memory. */
const WATCH_MS = 25;
/** How long messages may take to leave before a host kills its group all the same. */
const FLUSH_MS = 50;

/** What a host works with: the real things in a process of its own, fewer of them inside the coordinator's. */
export interface HostParts {
  readonly port: {
    send(message: FromHost, sent?: () => void): void;
    listen(listener: (message: ToHost) => void): void;
  };
  /** null where this process's memory is not the trial's alone. */
  readonly meter: Meter | null;
  /** Ends the host: kills the process group, or says that the thread is gone. */
  readonly end: () => void;
  readonly ownProcess: boolean;
}

/** The host's main thread: starts the worker_thread, passes messages on, and ends a trial that is over a limit. */
export function serveHost({ port, meter, end, ownProcess }: HostParts): void {
  const clocks = deadlines();
  const memory = hostMemory(meter);
  const output = outputCap((text) => port.send({ kind: "output", text }));
  let current: CurrentTrial | null = null;

  port.listen((message) => {
    if (message.kind === "boot") serve(message.boot);
  });

  function serve(boot: HostBoot): void {
    const { worker, post, drain } = startThread(boot, ownProcess, (message) => void hear(message));
    const setup = { phase: "backend" as SetupPhase, began: monotonicMs(), over: false };
    const writeBeacon = boot.beacon ? beaconWriter(boot.beacon) : null;
    const hold: Hold = {
      send: port.send,
      abort: () => post({ kind: "abort" }),
      terminate: () => worker.terminate(),
      kill: ownProcess ? endSoon : null,
    };
    clocks.arm("setup-timeout", boot.setupTimeoutMs, setup.began);
    output.read(worker.stdout);
    output.read(worker.stderr);
    worker.on("error", threadError);
    worker.on("exit", threadExit);
    const watching = setInterval(() => void watch(), WATCH_MS);
    title(null);

    port.listen((message) => {
      if (message.kind === "prepare") prepare();
      else if (message.kind === "run") void run(message.task);
      else if (message.kind === "abort") {
        if (current) interruptTrial(current, hold);
      } else if (message.kind === "limits") {
        if (current) current.nextLimits = message.limits;
        post(message);
      } else if (message.kind === "end") void worker.terminate();
      else if (message.kind === "answer") {
        clocks.resume(monotonicMs()); // a verdict ends the wait, which is off the clocks
        post(message);
      }
    });

    function prepare(): void {
      setup.began = monotonicMs();
      if (!setup.over) clocks.arm("setup-timeout", boot.setupTimeoutMs, setup.began);
      post({ kind: "prepare" });
    }

    async function run(task: TrialTask): Promise<void> {
      title(task.number);
      current = followTrial(task);
      port.send({ kind: "started", baselineBytes: await memory.begin() });
      const usedMs = task.recorded.reduce((sum, { durationMs }) => sum + durationMs, 0);
      clocks.arm("trial-timeout", task.limits.trialTimeoutMs, monotonicMs(), usedMs);
      post({ kind: "run", task });
    }

    async function hear(message: FromThread): Promise<void> {
      if (message.kind === "phase") setup.phase = message.phase;
      else if (message.kind === "loaded") {
        clocks.disarm("setup-timeout"); // a spare may wait for ever; `prepare` starts the clock again
        port.send(message);
      } else if (message.kind === "ready") {
        setup.over = true;
        clocks.disarm("setup-timeout");
        const rssBytes = (await memory.sample())?.rssBytes ?? null;
        port.send({ ...message, rssBytes, setupMs: Math.round(monotonicMs() - setup.began) });
      } else if (message.kind === "setup-failed") failSetup(message.error, message.code);
      else if (current) await hearTrial(message, current);
    }

    async function hearTrial(message: FromThread, trial: CurrentTrial): Promise<void> {
      const now = monotonicMs();
      if (message.kind === "abort-acknowledged") trial.ladder?.acknowledged();
      else if (message.kind === "split-began") {
        trial.split = message.split;
        if (trial.nextLimits) {
          trial.limits = trial.nextLimits;
          trial.nextLimits = null;
          clocks.change("trial-timeout", trial.limits.trialTimeoutMs, now);
        }
        clocks.arm("split-timeout", trial.limits.splitTimeoutMs, now);
        port.send(message);
      } else if (message.kind === "split") {
        clocks.disarm("split-timeout");
        clocks.pause(now);
        memory.note(message.memory);
        await memory.sample();
        const result = { ...message.result, memory: memory.reading() };
        port.send({ kind: "split", id: message.id, result, partial: message.partial });
      } else if (message.kind === "report") {
        clocks.pause(now);
        port.send(message);
      } else if (message.kind === "outcome") tell(trial, message.end);
      else if (message.kind === "cleaned") await finish(trial, message.memory);
    }

    function tell(trial: CurrentTrial, said: Extract<FromThread, { kind: "outcome" }>["end"]): void {
      if (trial.told) return;
      trial.told = true;
      clocks.clear();
      port.send({ kind: "outcome", end: trial.decided ?? said });
    }

    async function finish(trial: CurrentTrial, isolate: IsolateMemory): Promise<void> {
      trial.ladder?.stop();
      memory.note(isolate);
      await memory.sample();
      output.flush();
      current = null;
      title(null);
      port.send({ kind: "final", memory: { ...memory.reading(), source: "worker" } });
    }

    async function watch(): Promise<void> {
      const now = monotonicMs();
      const next = clocks.next();
      writeBeacon?.({
        at: now,
        deadlineAt: next?.at ?? Number.POSITIVE_INFINITY,
        reason: next ? BEACON_REASONS.indexOf(next.reason) : -1,
        limitMs: next?.limitMs ?? 0,
        memoryBytes: current?.limits.memoryBytes ?? 0,
        split: current?.split ?? -1,
      });
      const missed = clocks.missed(now);
      if (missed?.reason === "setup-timeout") return setupHung(missed.detail.limitMs as number);
      const trial = current;
      if (!trial || trial.told) return;
      if (missed)
        return guardTrial(trial, missed.reason as GuardReason, missed.detail, memory.reading(), hold);
      const limitBytes = trial.limits.memoryBytes;
      const seenBytes = (await memory.sample())?.rssBytes ?? 0;
      if (limitBytes !== null && seenBytes > limitBytes && current === trial) {
        guardTrial(trial, "memory-limit", { limitBytes, seenBytes }, memory.reading(), hold);
      }
    }

    function setupHung(limitMs: number): void {
      const what = {
        backend: "the backend to load",
        import: "the file to load",
        data: "`data` to end",
        splits: "`splits` to end",
      };
      const message = `expected ${what[setup.phase]} within ${limitMs / 1000} s, and it did not`;
      failSetup({ name: "Timeout", message, stack: null }, "setup");
    }

    function failSetup(error: TrialError, code: string): void {
      if (setup.over) return;
      setup.over = true;
      clocks.clear();
      port.send({ kind: "setup-failed", phase: setup.phase, error, code });
    }

    function threadError(thrown: unknown): void {
      const error = trialErrorOf(thrown);
      const heap = (thrown as { code?: unknown } | null)?.code === "ERR_WORKER_OUT_OF_MEMORY";
      failSetup(error, "setup");
      if (current)
        tell(current, {
          state: "fail",
          reason: heap ? "heap" : "error",
          detail: { during: duringOf(current) },
          error,
        });
    }

    function threadExit(exitCode: number): void {
      clearInterval(watching);
      drain();
      output.flush();
      const message = `expected the worker to become ready, and it ended with exit code ${exitCode}`;
      failSetup({ name: "Exit", message, stack: null }, "setup");
      if (current)
        tell(current, {
          state: "fail",
          reason: "exit",
          detail: { exitCode, during: duringOf(current) },
          error: null,
        });
      current?.ladder?.stop();
      endSoon(); // only a fresh process has all its memory back
    }

    function title(number: number | null): void {
      if (ownProcess) process.title = `belay ${boot.studyName}${number === null ? "" : ` #${number}`}`;
    }
  }

  /** Ends the host once what was sent is out; a stuck pipe must not save a trial. */
  function endSoon(): void {
    let ended = false;
    const once = (): void => {
      if (!ended) end();
      ended = true;
    };
    setTimeout(once, FLUSH_MS);
    port.send({ kind: "bye" }, once);
  }
}

function startThread(boot: HostBoot, ownProcess: boolean, hear: (message: FromThread) => void) {
  if (ownProcess && boot.backend) pinNative(boot.backend);
  const channel = new MessageChannel();
  const threadBoot: ThreadBoot = { boot, ownProcess, port: channel.port2 };
  // The guard, not V8, should be the one to end a trial: V8's limit stands just above the trial's own.
  const heapMb = boot.memoryBytes === null ? null : Math.ceil(boot.memoryBytes / 2 ** 20) + 64;
  const worker = new Worker(entryUrl(import.meta.url, "../thread/entry"), {
    workerData: threadBoot,
    transferList: [channel.port2],
    stdout: true,
    stderr: true,
    ...(heapMb ? { resourceLimits: { maxOldGenerationSizeMb: heapMb } } : {}),
  });
  channel.port1.on("message", hear);
  return {
    worker,
    post: (message: ToThread) => channel.port1.postMessage(message),
    /** Hears what the thread sent before its end and nobody has read yet. */
    drain: () => {
      for (let next = receiveMessageOnPort(channel.port1); next; next = receiveMessageOnPort(channel.port1))
        hear(next.message);
    },
  };
}
