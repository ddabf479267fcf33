import type { TrialTask } from "../../core/engine.ts";
import { type Foreign, threadReader } from "../door/message.ts";
import type { OfAttempt, ThreadWord, ToHost } from "../protocol.ts";
import { trialErrorOf } from "../trial-error.ts";
import { duringSplit } from "../verdict.ts";
import {
  type CurrentTrial,
  endSoon,
  failSetup,
  finish,
  type Host,
  hostNow,
  isAbout,
  say,
  tell,
  title,
} from "./host.ts";
import { followTrial, interruptTrial } from "./trial.ts";
import { look } from "./watch.ts";

/** What a host does about each message of the coordinator, and of its thread. */

/** A message of the coordinator. */
export function hearCoordinator(host: Host, message: ToHost): void {
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
  trial.between = true;
}

/** A verdict ends the wait, which is off the clocks. What comes until the next split begins is on the split's again. */
function endWait(host: Host): void {
  const { clocks, trial } = host;
  const now = hostNow(host);
  clocks.resume(now);
  if (!trial?.between || trial.told) return;
  trial.between = false;
  takeLimits(host, trial, now);
  clocks.arm("split-timeout", trial.limits.splitTimeoutMs, now);
}

/** Limits that a person has set hold from a split's beginning on. */
function takeLimits({ clocks }: Host, trial: CurrentTrial, now: number): void {
  if (!trial.nextLimits) return;
  trial.limits = trial.nextLimits;
  trial.nextLimits = null;
  clocks.change("trial-timeout", trial.limits.trialTimeoutMs, now);
}

function prepare(host: Host): void {
  host.setup.began = hostNow(host);
  if (!host.setup.over) host.clocks.arm("setup-timeout", host.boot.setupTimeoutMs, host.setup.began);
  host.trainer.post({ kind: "prepare" });
}

async function run(host: Host, task: TrialTask): Promise<void> {
  if (host.ending) return;
  title(host, task.number);
  host.abortedEarly = false;
  // Not its trial yet: what is thrown meanwhile was left behind by another.
  const atWork = await host.idle.leftAtWork();
  if (host.ending) return;
  if (atWork !== null) return refuse(host, atWork);
  host.processState.begin();
  const trial = followTrial(task);
  host.trial = trial;
  if (host.abortedEarly) interruptTrial(host, trial);
  const started = { kind: "started", baselineBytes: await host.memory.begin() } as const;
  // A trial may end its process at once; without word of its start it would count as not begun, and run again.
  await new Promise<void>((sent) => say(host, trial, started, sent));
  if (host.ending) return;
  const usedMs = task.recorded.reduce((sum, { durationMs }) => sum + durationMs, 0);
  host.clocks.arm("trial-timeout", task.limits.trialTimeoutMs, hostNow(host), usedMs);
  look(host); // its memory was read just now
  host.trainer.post({ kind: "run", task });
}

/** A host that is not clean after all ends before it has begun with the trial, which then runs in a fresh one. */
function refuse(host: Host, left: string): void {
  const text = `a fresh host takes over from ${process.pid}: the trial before has left behind: ${left}`;
  host.parts.port.send({ kind: "output", text });
  if (host.parts.ownProcess) endSoon(host);
  else host.trainer.terminate();
}

/** A message of the thread, whatever it is: a trial may have found a way to speak in Belay's name. */
export async function hearThread(host: Host, sent: unknown): Promise<void> {
  const { clocks, setup, parts, memory, progress } = host;
  const message = host.read(sent);
  if (message.kind === "foreign") endForeign(host, message);
  else if (message.kind === "phase") {
    setup.phase = message.phase;
    progress.clear();
  } else if (message.kind === "progress") progress.note(message.text);
  else if (message.kind === "loaded") {
    host.expected = { ...host.expected, directions: message.manifest.directions.length };
    host.read = threadReader(host.expected);
    clocks.disarm("setup-timeout"); // a spare may wait for ever; `prepare` starts the clock again
    parts.port.send(message);
  } else if (message.kind === "ready") {
    setup.over = true;
    host.expected = { ...host.expected, splitCount: message.splitCount };
    host.read = threadReader(host.expected);
    clocks.disarm("setup-timeout");
    host.idle.begin();
    const rssBytes = (await memory.sample())?.rssBytes ?? null;
    parts.port.send({ ...message, rssBytes, setupMs: Math.round(hostNow(host) - setup.began) });
  } else if (message.kind === "setup-failed") failSetup(host, message.error, message.code);
  else if (host.trial && isAbout(host.trial, message)) await hearTrial(host, host.trial, message);
}

/** What is no message ends its trial and the thread, at once. */
function endForeign(host: Host, { came }: Foreign): void {
  const message = `thread: expected messages of Belay, got ${came}`;
  const error = { name: "ProtocolError", message, stack: null };
  failSetup(host, error, "setup");
  const { trial } = host;
  if (trial)
    tell(host, trial, {
      state: "fail",
      reason: "crash",
      detail: { during: duringSplit(trial.split) },
      error,
    });
  host.trainer.terminate();
}

async function hearTrial(host: Host, trial: CurrentTrial, message: OfAttempt & ThreadWord): Promise<void> {
  const { clocks, memory, parts } = host;
  // Once its result is told only its cleanup is still to come; a report that comes late would hold up that one's clock.
  if (trial.told && message.kind !== "cleaned" && message.kind !== "abort-acknowledged") return;
  if (message.kind === "abort-acknowledged") trial.ladder?.acknowledged();
  else if (message.kind === "split-began") {
    const now = hostNow(host);
    trial.split = message.split;
    takeLimits(host, trial, now);
    clocks.arm("split-timeout", trial.limits.splitTimeoutMs, now);
    parts.port.send(message);
  } else if (message.kind === "split") {
    const now = hostNow(host);
    // `aggregate` is on the clock of the last split.
    if (message.id === null) clocks.arm("split-timeout", trial.limits.splitTimeoutMs, now);
    else waitForVerdict(host, trial, now);
    memory.note(message.memory);
    await memory.sample();
    say(host, trial, {
      kind: "split",
      id: message.id,
      result: { ...message.result, memory: memory.reading() },
      partial: message.partial,
    });
  } else if (message.kind === "report") {
    clocks.pause(hostNow(host));
    parts.port.send(message);
  } else if (message.kind === "outcome") tell(host, trial, message.end);
  else if (message.kind === "cleaned") {
    memory.note(message.memory);
    await memory.sample();
    // What the trial has printed comes by a port of Node's own, which may be read after this message's.
    await new Promise((resolve) => setImmediate(resolve));
    if (host.trial !== trial) return;
    finish(host, "worker", [...message.dirt, ...memory.dirt(), ...host.processState.dirt()]);
    host.idle.begin();
  }
}

/** Something that the thread threw and nobody caught: the thread is about to end. */
export function threadError(host: Host, thrown: unknown): void {
  const error = trialErrorOf(thrown);
  const heap = (thrown as { code?: unknown } | null)?.code === "ERR_WORKER_OUT_OF_MEMORY";
  failSetup(host, error, "setup");
  const { trial } = host;
  if (!trial) return;
  const detail = { during: duringSplit(trial.split) };
  if (heap) tell(host, trial, { state: "fail", reason: "heap", detail: { ...detail, by: "v8" }, error });
  else tell(host, trial, { state: "fail", reason: "error", detail, error });
}

/** The thread is gone, and its host with it: only a fresh process has all its memory back. */
export function threadExit(host: Host, exitCode: number): void {
  const message = `expected the worker to become ready, and it ended with exit code ${exitCode}`;
  failSetup(host, { name: "Exit", message, stack: null }, "setup");
  const { trial } = host;
  if (trial) {
    const detail = { exitCode, during: duringSplit(trial.split) };
    tell(host, trial, { state: "fail", reason: "exit", detail, error: null });
    finish(host, "guard", null);
  }
  endSoon(host);
}
