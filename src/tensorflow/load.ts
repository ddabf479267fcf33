import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, sep } from "node:path";
import util from "node:util";
import { BelayError } from "../core/error.ts";
import { registerCpuKernels, registerWasmKernels } from "./kernels/register.ts";
import type { TensorFlow } from "./namespace.ts";
import type { BackendResolution } from "./resolve.ts";
import { drawSeedsFromMathRandom } from "./seeds.ts";

type WasmPackage = typeof import("@tensorflow/tfjs-backend-wasm");

const require = createRequire(import.meta.url);

/**
 * Loads the backend that was resolved and makes it the current one; quiet on stdout and stderr. To be called once, in
 * the worker thread that trains: native backends bear one worker a process, and wasm belongs on no main thread.
 *
 * @throws BelayError `backend` when it worked in the probe and does not here.
 */
export async function loadBackend(resolution: BackendResolution): Promise<TensorFlow> {
  try {
    const tf = await load(resolution);
    drawSeedsFromMathRandom(tf);
    return tf;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = message.replace(/\s+/g, " ");
    throw new BelayError(
      "backend",
      `backend "${resolution.backend}": ${resolution.package} does not load: ${line}`,
      {
        cause: error,
      },
    );
  }
}

async function load({ backend, entry, tensorflow }: BackendResolution): Promise<TensorFlow> {
  if (backend === "gpu" || backend === "node") {
    // The native packages of 4.22 call it; Node 23 removed it, and 22 warns.
    Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });
    const tf: TensorFlow = require(entry);
    await tf.ready();
    return tf;
  }
  const tf: TensorFlow = require(tensorflow);
  registerCpuKernels(tf);
  if (backend === "wasm") {
    const wasm: WasmPackage = require(entry);
    wasm.setWasmPaths(dirname(entry) + sep);
    registerWasmKernels(tf);
  }
  const isSet = await withoutNewListeners(() => tf.setBackend(backend));
  if (!isSet) throw new Error("setBackend answered false");
  await tf.ready();
  if (backend === "cpu") spendBanner(tf);
  return tf;
}

/** The cpu backend prints an advertisement at its first tensor, unless in production mode. */
function spendBanner(tf: TensorFlow): void {
  const wasProduction = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  tf.scalar(0).dispose();
  tf.env().set("PROD", wasProduction);
}

/** Emscripten catches uncaught exceptions only to throw them again, which would hide what a trial has thrown. */
async function withoutNewListeners<T>(run: () => Promise<T>): Promise<T> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.rawListeners(event));
  const result = await run();
  events.forEach((event, index) => {
    for (const listener of process.rawListeners(event)) {
      if (!before[index]?.includes(listener)) process.off(event, listener as () => void);
    }
  });
  return result;
}

/**
 * Keeps the native addon in memory for the life of the process: without it Node closes its library when the worker
 * ends, and a stale exit handler crashes the process. To be called in a host's main thread, before the worker starts.
 * Never throws: true when the addon is pinned, false when there is none or it cannot be loaded.
 */
export function pinNative(resolution: BackendResolution): boolean {
  if (resolution.addon === null) return false;
  try {
    process.dlopen({ exports: {} }, resolution.addon, constants.dlopen.RTLD_LAZY);
    return true;
  } catch {
    return false;
  }
}
