import { spawn } from "node:child_process";
import { afterAwake } from "../core/timer.ts";
import { classify, type RefusalReason } from "./refusal.ts";

/** What a probe loads. It runs in a separate process, so it is given paths. */
export interface ProbeTarget {
  readonly kind: "native" | "wasm" | "cpu";
  /** The package's main file. */
  readonly entry: string;
  /** The main file of `@tensorflow/tfjs`; not used for a native package, which loads its own. */
  readonly tensorflow: string;
}

/**
 * The result of a probe. `gpu` is null for a backend that never uses one; `addon` is the native file to pin, null if
 * unknown.
 */
export type ProbeVerdict =
  | { readonly works: true; readonly gpu: boolean | null; readonly addon: string | null }
  | { readonly works: false; readonly reason: RefusalReason; readonly message: string };

export interface ProbeOptions {
  /** Variables that are added to the environment of the probe, the same as for hosts. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Loads one package and computes with it as a host would: in a worker_thread of a separate process, which is killed
 * afterwards. Whatever the package does there (throw, crash, loop forever) is reported as a verdict; nothing is thrown.
 */
export function probe(target: ProbeTarget, { env, timeoutMs }: ProbeOptions): Promise<ProbeVerdict> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, ["-e", MAIN_SOURCE, WORKER_SOURCE, JSON.stringify(target)], {
      env: { ...process.env, ...env, NODE_OPTIONS: "" },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let verdict: ProbeVerdict | null = null;
    let stderr = "";
    const end = (found: ProbeVerdict) => {
      verdict ??= found; // the first verdict wins: errors while the process is torn down mean nothing
      child.kill("SIGKILL");
    };
    const late = `it did not answer within ${timeoutMs / 1000} s`;
    const unbound = afterAwake(timeoutMs, () => end({ works: false, reason: "broken", message: late }));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    child.on("message", (answer: Answer) => end(judge(answer)));
    child.on("error", (error) => end({ works: false, reason: "broken", message: error.message }));
    child.on("close", (code, signal) => {
      unbound();
      const how = signal ? `its process was ended by ${signal}` : `its process ended with code ${code}`;
      const last = stderr.trim().split("\n").at(-1) ?? "";
      settle(verdict ?? { works: false, reason: "broken", message: last ? `${how}: ${last}` : how });
    });
  });
}

/** The message that the process of a probe sends. */
type Answer =
  | { readonly works: true; readonly gpu: boolean | null; readonly addon: string | null }
  | { readonly works: false; readonly message: string; readonly code: string | null };

function judge(answer: Answer): ProbeVerdict {
  if (answer.works) return answer;
  return { works: false, reason: classify(answer.message, answer.code), message: answer.message };
}

// The two programs are strings because a child of Node 20 cannot run TypeScript, and because they must be the same in
// `src` and in `dist`. The main thread stays idle, so that it can always end the process when its parent ends.
const MAIN_SOURCE = `
const { Worker } = require("node:worker_threads");
const [source, target] = process.argv.slice(1);
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
const worker = new Worker(source, { eval: true, workerData: JSON.parse(target) });
const fail = (message, code) => process.send({ works: false, message, code });
worker.on("message", (answer) => process.send(answer));
worker.on("error", (error) => fail(String(error?.message ?? error), error?.code ?? null));
worker.on("exit", (code) => fail("its worker ended with code " + code, null));
`;

const WORKER_SOURCE = `
const { existsSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname, join, sep } = require("node:path");
const { parentPort, workerData: target } = require("node:worker_threads");

// The path from which node-pre-gyp, which the native packages use, would load the addon; null if it does not tell.
function findAddon(entry) {
  try {
    const manifest = join(dirname(entry), "..", "package.json");
    return createRequire(entry)("@mapbox/node-pre-gyp").find(manifest);
  } catch {
    return null;
  }
}

async function load(addon) {
  if (target.kind === "native") {
    if (addon !== null && !existsSync(addon)) throw new Error("the native addon module is not at " + addon);
    require("node:util").isNullOrUndefined = (value) => value === null || value === undefined; // removed in Node 23
    return require(target.entry);
  }
  const tf = require(target.tensorflow);
  if (target.kind === "wasm") require(target.entry).setWasmPaths(dirname(target.entry) + sep);
  if (!(await tf.setBackend(target.kind))) throw new Error("the backend could not be initialised");
  return tf;
}

async function run() {
  const addon = target.kind === "native" ? findAddon(target.entry) : null;
  const tf = await load(addon);
  await tf.ready();
  const [, four] = tf.tensor1d([1, 2]).square().dataSync();
  if (four !== 4) throw new Error("it computes 2 * 2 = " + four);
  const gpu = target.kind === "native" ? tf.backend().isUsingGpuDevice === true : null;
  return { works: true, gpu, addon };
}

setInterval(() => {}, 2 ** 30); // keeps the thread alive, so that a promise that never settles ends in a timeout
run().then(
  (answer) => parentPort.postMessage(answer),
  (error) => parentPort.postMessage({ works: false, message: String(error?.message ?? error), code: error?.code ?? null }),
);
`;
