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
import { cleanUp, findDirt, isolateMemory, markWorker, prepareCleanup, type WorkerMark } from "./cleanup.ts";
import { dataContext } from "./data-context.ts";
import { conversation, runTrial } from "./trial.ts";

/** Runs inside the worker_thread of a host: loads the study once, then trains the trials that it is given. */

const { boot, ownProcess, pauses, port } = workerData as ThreadBoot;
// Kept from the study's own code, which could speak in Belay's name.
for (const key of Object.keys(workerData as ThreadBoot)) delete workerData[key];
hidePort(port);
const post = port.postMessage.bind(port);
const send = (message: FromThread): void => post(message);
const soon = queueMicrotask;
const talk = conversation(send);
const awakeMs = awakeClock(pauses);
// Nobody listens there; left open, a flood of messages would keep the host from its watch.
parentPort?.close();

/** What a trial needs, once `data` and `splits` have run. */
interface Ready {
  readonly study: LoadedStudy;
  readonly tf: TensorFlow | null;
  readonly data: unknown;
  readonly splits: readonly unknown[];
  readonly mark: WorkerMark;
}

/** A study without `splits` has one, of which only it knows the content. */
const ONE_SPLIT: readonly unknown[] = [undefined];

let phase: SetupPhase = "backend";
const enter = (next: SetupPhase): void => {
  phase = next;
  send({ kind: "phase", phase });
};

prepareCleanup();
const loaded = load();
let ready: Promise<Ready> | null = null;
// The port stays referenced: with an objective that never settles nothing else would keep this thread alive.
// In a turn of its own: while the port's own event is dispatched async_hooks hand the port out.
port.on("message", (message: ToThread) => soon(() => hear(message)));

function hear(message: ToThread): void {
  if (message.kind === "prepare") ready = prepare();
  else if (message.kind === "answer") talk.answer(message.id, message.answer);
  else if (message.kind === "limits") talk.limit(message.limits);
  else if (message.kind === "abort") talk.abort();
  else void train(message);
}

async function load(): Promise<Pick<Ready, "study" | "tf"> | null> {
  try {
    const tf = boot.backend ? await loadBackend(boot.backend) : null;
    if (tf) markTensors(tf); // before the study's own code: tensors are accounted for from here on
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
  if (!parts) return new Promise(() => {}); // the failure is told already; the host will end this thread
  try {
    const { definition } = parts.study;
    enter("data");
    const context = { seed: deriveSeed(boot.seed, -1, "setup") };
    const data = await withSeed(context.seed, () => loadData(definition, context));
    enter("splits");
    const splits: unknown = definition.splits
      ? await withSeed(context.seed, () => definition.splits?.(data, context))
      : ONE_SPLIT;
    if (splits !== ONE_SPLIT) checkSplits(splits);
    if (!Array.isArray(splits)) throw new BelayError("study", "splits: expected an array");
    const mark = markWorker(parts.tf);
    const report = boot.inspect && splits !== ONE_SPLIT ? reportSplits(splits, data, boot.inspect) : null;
    send({ kind: "ready", splitCount: splits.length, splitHash: hashSplits(splits), splits: report });
    return { ...parts, data, splits, mark };
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
  const { study, tf, data, splits, mark } = await ready!;
  talk.begin(task);
  const { seed, checkpoints } = boot;
  const setting = { task, study, tf, data, splits, mark, seed, ownProcess, awakeMs, talk };
  const end = await runTrial({ ...setting, checkpoints: checkpoints ?? tmpdir() });
  // The result is sent before anything is torn down: once it has arrived nothing here can change it.
  talk.tell({ kind: "outcome", end });
  let dirt: string[];
  try {
    const left = await cleanUp(tf, mark);
    dirt = [...left, ...(await findDirt(mark))];
  } catch (error) {
    dirt = [`no cleanup (${trialErrorOf(error).message})`];
  }
  talk.tell({ kind: "cleaned", memory: isolateMemory(tf), dirt });
}

/** Node lists what keeps a thread alive, and hands it out. */
function hidePort(hidden: MessagePort): void {
  const lister = process as unknown as { _getActiveHandles?: () => unknown[] };
  const list = lister._getActiveHandles?.bind(process);
  if (list) lister._getActiveHandles = () => list().filter((handle) => handle !== hidden);
}

function reportSetup(error: unknown): void {
  const code = error instanceof BelayError ? error.code : "setup";
  // What the file itself threw knows the line; the error around it has the words.
  const { stack } = trialErrorOf(error instanceof BelayError ? (error.cause ?? error) : error);
  send({ kind: "setup-failed", phase, error: { ...trialErrorOf(error), stack }, code });
}
