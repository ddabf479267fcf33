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
 * Loads the resolved backend and makes it the current one, without output on stdout or stderr. Call it once, in the
 * worker thread that trains: native backends support one worker per process, and wasm would block a main thread.
 *
 * @throws BelayError `backend` if the package worked in the probe but does not load here.
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
    // The native packages of 4.22 call this function, which Node 23 has removed and Node 22 warns of.
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

/** Creates a first tensor in production mode, because in any other the cpu backend prints an advertisement then. */
function spendBanner(tf: TensorFlow): void {
  const wasProduction = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  tf.scalar(0).dispose();
  tf.env().set("PROD", wasProduction);
}

/**
 * Removes the listeners that Emscripten adds for uncaught exceptions. They only throw them again, which would hide what
 * a trial has thrown.
 */
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
 * Keeps the native addon in memory for the life of the process. Otherwise Node unloads its library when the worker
 * ends, and an exit handler that is left behind crashes the process. Call it in a host's main thread, before the worker
 * starts.
 *
 * @returns whether the addon is loaded; false if there is none or it cannot be. Never throws.
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
