import type { TrialTask } from "../../core/engine.ts";
import { type InvalidMessage, threadReader } from "../door/message.ts";
import type { OfAttempt, ThreadTrialMessage, ToHost } from "../protocol.ts";
import { trialErrorOf } from "../trial-error.ts";
import { duringSplit } from "../verdict.ts";
import {
  type CurrentTrial,
  endSoon,
  failSetup,
  type Host,
  hostNow,
  isAbout,
  sendFinal,
  sendOutcome,
  sendTrialMessage,
  setTitle,
} from "./host.ts";
import { interruptTrial, newTrial } from "./trial.ts";
import { look } from "./watch.ts";

/** How a host reacts to the messages of the coordinator and of its thread. */

/** Handles a message of the coordinator. */
export function handleCoordinatorMessage(host: Host, message: ToHost): void {
  if (message.kind === "prepare") prepare(host);
  else if (message.kind === "run") void run(host, message.task);
  else if (message.kind === "abort") {
    if (host.trial) interruptTrial(host, host.trial);
    else host.abortedEarly = true;
  } else if (message.kind === "limits") {
    if (host.trial) host.trial.nextLimits = message.limits;
    host.trainer.post(message);
  } else if (message.kind === "end") host.trainer.terminate();
  else if (message.kind === "answer" && host.trial && isAbout(host.trial, message)) {
    endWait(host);
    host.trainer.post(message);
  }
}

function waitForVerdict({ clocks }: Host, trial: CurrentTrial, now: number): void {
  clocks.disarm("split-timeout");
  clocks.pause(now);
  trial.awaitsVerdict = true;
}

/**
 * Ends the wait for a verdict, during which the clocks are paused. The time limit of a split also applies to the time
 * from here until the next split begins.
 */
function endWait(host: Host): void {
  const { clocks, trial } = host;
  const now = hostNow(host);
  clocks.resume(now);
  if (!trial?.awaitsVerdict || trial.hasOutcome) return;
  trial.awaitsVerdict = false;
  takeLimits(host, trial, now);
  clocks.arm("split-timeout", trial.limits.splitTimeoutMs, now);
}

/** Applies limits that a person has set. They take effect when a split begins. */
function takeLimits({ clocks }: Host, trial: CurrentTrial, now: number): void {
  if (!trial.nextLimits) return;
  trial.limits = trial.nextLimits;
  trial.nextLimits = null;
  clocks.change("trial-timeout", trial.limits.trialTimeoutMs, now);
}

function prepare(host: Host): void {
  host.setup.began = hostNow(host);
  if (!host.setup.isOver) host.clocks.arm("setup-timeout", host.boot.setupTimeoutMs, host.setup.began);
  host.trainer.post({ kind: "prepare" });
}

async function run(host: Host, task: TrialTask): Promise<void> {
  if (host.ending) return;
  setTitle(host, task.number);
  host.abortedEarly = false;
  // `host.trial` is not set yet, because what is thrown meanwhile was left behind by an earlier trial.
  const atWork = await host.idle.leftAtWork();
  if (host.ending) return;
  if (atWork !== null) return refuse(host, atWork);
  host.processState.begin();
  const trial = newTrial(task);
  host.trial = trial;
  if (host.abortedEarly) interruptTrial(host, trial);
  const started = { kind: "started", baselineBytes: await host.memory.begin() } as const;
  // A trial may end its process at once. If this message were lost, it would count as not started, and run again.
  await new Promise<void>((sent) => sendTrialMessage(host, trial, started, sent));
  if (host.ending) return;
  const usedMs = task.recorded.reduce((sum, { durationMs }) => sum + durationMs, 0);
  host.clocks.arm("trial-timeout", task.limits.trialTimeoutMs, hostNow(host), usedMs);
  look(host); // uses the memory that was read just now
  host.trainer.post({ kind: "run", task });
}

/** Ends a host that proves not to be clean before it has started the trial, which then runs in a fresh one. */
function refuse(host: Host, left: string): void {
  const text = `a fresh host takes over from ${process.pid}: the trial before has left behind: ${left}`;
  host.parts.port.send({ kind: "output", text });
  if (host.parts.ownProcess) endSoon(host);
  else host.trainer.terminate();
}

/** Handles a message of the thread. It is untrusted, because a trial may have found a way to send one itself. */
export async function handleThreadMessage(host: Host, value: unknown): Promise<void> {
  const { clocks, setup, parts, memory, progress } = host;
  const message = host.read(value);
  if (message.kind === "invalid") handleInvalid(host, message);
  else if (message.kind === "phase") {
    setup.phase = message.phase;
    progress.clear();
  } else if (message.kind === "progress") progress.note(message.text);
  else if (message.kind === "loaded") {
    host.expected = { ...host.expected, directions: message.manifest.directions.length };
    host.read = threadReader(host.expected);
    clocks.disarm("setup-timeout"); // a spare may wait forever; `prepare` starts the clock again
    parts.port.send(message);
  } else if (message.kind === "ready") {
    setup.isOver = true;
    host.expected = { ...host.expected, splitCount: message.splitCount };
    host.read = threadReader(host.expected);
    clocks.disarm("setup-timeout");
    host.idle.begin();
    const rssBytes = (await memory.sample())?.rssBytes ?? null;
    parts.port.send({ ...message, rssBytes, setupMs: Math.round(hostNow(host) - setup.began) });
  } else if (message.kind === "setup-failed") failSetup(host, message.error, message.code);
  else if (host.trial && isAbout(host.trial, message)) await handleTrialMessage(host, host.trial, message);
}

/** Ends the trial and the thread at once after an invalid message. */
function handleInvalid(host: Host, { got }: InvalidMessage): void {
  const message = `thread: expected messages of Belay, got ${got}`;
  const error = { name: "ProtocolError", message, stack: null };
  failSetup(host, error, "setup");
  const { trial } = host;
  if (trial)
    sendOutcome(host, trial, {
      state: "fail",
      reason: "crash",
      detail: { during: duringSplit(trial.split) },
      error,
    });
  host.trainer.terminate();
}

async function handleTrialMessage(
  host: Host,
  trial: CurrentTrial,
  message: OfAttempt & ThreadTrialMessage,
): Promise<void> {
  const { clocks, memory, parts } = host;
  // After the outcome only the cleanup follows; a late report would pause the clock of the cleanup.
  if (trial.hasOutcome && message.kind !== "cleaned" && message.kind !== "abort-acknowledged") return;
  if (message.kind === "abort-acknowledged") trial.ladder?.acknowledged();
  else if (message.kind === "split-began") {
    const now = hostNow(host);
    trial.split = message.split;
    takeLimits(host, trial, now);
    clocks.arm("split-timeout", trial.limits.splitTimeoutMs, now);
    parts.port.send(message);
  } else if (message.kind === "split") {
    const now = hostNow(host);
    // `aggregate` has the time limit of a split again.
    if (message.id === null) clocks.arm("split-timeout", trial.limits.splitTimeoutMs, now);
    else waitForVerdict(host, trial, now);
    memory.note(message.memory);
    await memory.sample();
    sendTrialMessage(host, trial, {
      kind: "split",
      id: message.id,
      result: { ...message.result, memory: memory.reading() },
      partial: message.partial,
    });
  } else if (message.kind === "report") {
    clocks.pause(hostNow(host));
    parts.port.send(message);
  } else if (message.kind === "outcome") sendOutcome(host, trial, message.end);
  else if (message.kind === "cleaned") {
    memory.note(message.memory);
    await memory.sample();
    // The output of the trial comes through another port, which may be read after the one of this message.
    await new Promise((resolve) => setImmediate(resolve));
    if (host.trial !== trial) return;
    sendFinal(host, "worker", [
      ...message.leftovers,
      ...memory.leftovers(),
      ...host.processState.leftovers(),
    ]);
    host.idle.begin();
  }
}

/** Handles an uncaught error of the thread, which is about to end. */
export function handleThreadError(host: Host, thrown: unknown): void {
  const error = trialErrorOf(thrown);
  const heap = (thrown as { code?: unknown } | null)?.code === "ERR_WORKER_OUT_OF_MEMORY";
  failSetup(host, error, "setup");
  const { trial } = host;
  if (!trial) return;
  const detail = { during: duringSplit(trial.split) };
  if (heap)
    sendOutcome(host, trial, { state: "fail", reason: "heap", detail: { ...detail, by: "v8" }, error });
  else sendOutcome(host, trial, { state: "fail", reason: "error", detail, error });
}

/** Handles the exit of the thread. The host ends too, because only the end of its process gives all memory back. */
export function handleThreadExit(host: Host, exitCode: number): void {
  const message = `expected the worker to become ready, and it ended with exit code ${exitCode}`;
  failSetup(host, { name: "Exit", message, stack: null }, "setup");
  const { trial } = host;
  if (trial) {
    const detail = { exitCode, during: duringSplit(trial.split) };
    sendOutcome(host, trial, { state: "fail", reason: "exit", detail, error: null });
    sendFinal(host, "guard", null);
  }
  endSoon(host);
}
