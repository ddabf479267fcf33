import { tmpdir } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { BelayError } from "../../core/error.ts";
import { deriveSeed } from "../../core/rng.ts";
import { withSeed } from "../../core/seeded.ts";
import type { SetupContext } from "../../core/setup-context.ts";
import { checkSplits, hashSplits } from "../../core/splits/check.ts";
import { reportSplits } from "../../core/splits/summary.ts";
import { type LoadedStudy, loadStudy } from "../../study/load.ts";
import { loadBackend } from "../../tensorflow/load.ts";
import { markTensors } from "../../tensorflow/memory.ts";
import type { TensorFlow } from "../../tensorflow/namespace.ts";
import { awakeClock } from "../pause-share.ts";
import type { FromThread, SetupPhase, ThreadBoot, ToThread } from "../protocol.ts";
import { trialErrorOf } from "../trial-error.ts";
import {
  cleanUp,
  findLeftovers,
  isolateMemory,
  markWorker,
  prepareCleanup,
  type WorkerMark,
} from "./cleanup.ts";
import { commandObjective } from "./command/objective.ts";
import { dataContext } from "./data-context.ts";
import { functionObjective, type Objective } from "./objective.ts";
import { outputRead } from "./output.ts";
import { coordinatorChannel, runTrial } from "./trial.ts";

/** The entry of a host's worker_thread: it loads the study once, then trains the trials that it is given. */

const { boot, ownProcess, pauses, port } = workerData as ThreadBoot;
// The port is hidden from the study's own code, which could forge messages of Belay with it.
for (const key of Object.keys(workerData as ThreadBoot)) delete workerData[key];
hidePort(port);
const post = port.postMessage.bind(port);
const send = (message: FromThread): void => post(message);
const microtask = queueMicrotask;
const channel = coordinatorChannel(send);
const awakeMs = awakeClock(pauses);
// Belay does not use this port. A flood of messages through it would keep the host's main thread from its watch.
parentPort?.close();

/** The prepared study, after `data` and `splits` have run. */
interface Ready {
  readonly study: LoadedStudy;
  readonly tf: TensorFlow | null;
  readonly data: unknown;
  readonly splits: readonly unknown[];
  readonly objective: Objective;
  readonly mark: WorkerMark;
}

/** The splits of a study without `splits`: one, whose meaning only the study knows. */
const ONE_SPLIT: readonly unknown[] = [undefined];

let phase: SetupPhase = "backend";
const enter = (next: SetupPhase): void => {
  phase = next;
  send({ kind: "phase", phase });
};

prepareCleanup();
const loaded = load();
let ready: Promise<Ready> | null = null;
// The port stays referenced, because nothing else keeps this thread alive while an objective never settles. Messages
// are handled in a microtask, because async_hooks expose the port while its own event is dispatched.
port.on("message", (message: ToThread) => microtask(() => handle(message)));

function handle(message: ToThread): void {
  if (message.kind === "prepare") ready = prepare();
  else if (message.kind === "answer") channel.answer(message.id, message.answer);
  else if (message.kind === "limits") channel.limit(message.limits);
  else if (message.kind === "abort") channel.abort();
  else void train(message);
}

async function load(): Promise<Pick<Ready, "study" | "tf"> | null> {
  try {
    const tf = boot.backend ? await loadBackend(boot.backend) : null;
    if (tf) markTensors(tf); // tracks tensors from before the study's own code runs
    enter("import");
    const study = await loadStudy(boot.bundle, boot.studyFile);
    send({ kind: "loaded", manifest: study.manifest });
    return { study, tf };
  } catch (error) {
    reportSetup(error);
    return null;
  }
}

async function prepare(): Promise<Ready> {
  const parts = await loaded;
  if (!parts) return new Promise(() => {}); // the failure is sent already, and the host will end this thread
  try {
    const { definition } = parts.study;
    enter("data");
    const context = { seed: deriveSeed(boot.seed, -1, "setup") };
    const data = await withSeed(context.seed, () => loadData(definition, context));
    enter("splits");
    const { command, manifest } = parts.study;
    const splits: unknown = command
      ? Array.from({ length: command.splits }, () => undefined)
      : definition.splits
        ? await withSeed(context.seed, () => definition.splits?.(data, context))
        : ONE_SPLIT;
    const areDivisions = splits !== ONE_SPLIT && !command;
    if (areDivisions) checkSplits(splits);
    if (!Array.isArray(splits)) throw new BelayError("study", "splits: expected an array");
    const objective = command
      ? commandObjective({ command, boot, directions: manifest.directions })
      : functionObjective(parts.study);
    const mark = markWorker(parts.tf);
    const report = boot.inspect && areDivisions ? reportSplits(splits, data, boot.inspect) : null;
    send({ kind: "ready", splitCount: splits.length, splitHash: hashSplits(splits), splits: report });
    return { ...parts, data, splits, objective, mark };
  } catch (error) {
    reportSetup(error);
    return new Promise(() => {});
  }
}

async function loadData(definition: LoadedStudy["definition"], context: SetupContext): Promise<unknown> {
  const help = dataContext({ cacheFolder: boot.cacheFolder, seed: context.seed, send });
  try {
    return await definition.data?.({ ...context, ...help.context });
  } finally {
    help.flush();
  }
}

async function train({ task }: Extract<ToThread, { kind: "run" }>): Promise<void> {
  const { study, objective, tf, data, splits, mark } = await ready!;
  channel.begin(task);
  const { seed, checkpoints } = boot;
  const setting = { task, study, objective, tf, data, splits, mark, seed, ownProcess, awakeMs, channel };
  const end = await runTrial({ ...setting, checkpoints: checkpoints ?? tmpdir() });
  // The outcome is sent before the cleanup, so that no failure of the cleanup can change it.
  channel.send({ kind: "outcome", end });
  let leftovers: string[];
  try {
    await objective.close();
    const left = await cleanUp(tf, mark);
    leftovers = [...left, ...(await findLeftovers(mark))];
    await outputRead();
  } catch (error) {
    leftovers = [`no cleanup (${trialErrorOf(error).message})`];
  }
  channel.send({ kind: "cleaned", memory: isolateMemory(tf), leftovers });
}

/** Removes the port from Node's list of what keeps a thread alive, through which the study could get at it. */
function hidePort(hidden: MessagePort): void {
  const lister = process as unknown as { _getActiveHandles?: () => unknown[] };
  const list = lister._getActiveHandles?.bind(process);
  if (list) lister._getActiveHandles = () => list().filter((handle) => handle !== hidden);
}

function reportSetup(error: unknown): void {
  const code = error instanceof BelayError ? error.code : "setup";
  // The stack is that of the error which the study's file threw; the message is that of the error around it.
  const { stack } = trialErrorOf(error instanceof BelayError ? (error.cause ?? error) : error);
  send({ kind: "setup-failed", phase, error: { ...trialErrorOf(error), stack }, code });
}
