import { BelayError } from "../core/error.ts";
import type { Backend, BackendChoice } from "../core/study.ts";
import { backendEnvironment } from "./environment.ts";
import { findPackage, findSibling, type InstalledPackage, OWN_DIRECTORY } from "./packages.ts";
import { type ProbeTarget, probe } from "./probe.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** The backend that was taken, and why each better one was not. Plain data: it survives IPC and JSON. */
export interface BackendResolution {
  readonly backend: Backend;
  readonly package: string;
  readonly version: string | null;
  /** Absolute path of the main file of `package`. */
  readonly entry: string;
  /** Absolute path of the running copy of `@tensorflow/tfjs`: what an import of it in a study file must mean. */
  readonly tensorflow: string;
  /** Absolute path of the native addon, to be pinned by the host; null for wasm and cpu, or when it is not known. */
  readonly addon: string | null;
  /** In the order in which they were tried. */
  readonly refused: readonly Refusal[];
}

export interface ResolveOptions {
  /** The folder of the study file: packages found from there come before Belay's own. */
  readonly fromDirectory?: string;
  /** Where Belay's own packages are found. @default the folder of this file */
  readonly ownDirectory?: string;
  /**
   * How long one package may take to load and compute. Its first use of a GPU newer than its CUDA may take minutes,
   * while kernels are compiled; they are cached for the next time. @default 60000
   */
  readonly timeoutMs?: number;
}

interface Candidate {
  readonly backend: Backend;
  readonly package: string;
}

const TFJS = "@tensorflow/tfjs";
const GPU_PACKAGE = "@tensorflow/tfjs-node-gpu";

/** Best first. The GPU package is a CPU package too, where there is no GPU. */
const CANDIDATES: readonly Candidate[] = [
  { backend: "gpu", package: GPU_PACKAGE },
  { backend: "node", package: "@tensorflow/tfjs-node" },
  { backend: "node", package: GPU_PACKAGE },
  { backend: "wasm", package: "@tensorflow/tfjs-backend-wasm" },
  { backend: "cpu", package: TFJS },
];

/**
 * Finds the best TensorFlow.js backend that works on this machine, or the one that was asked for. Each package is
 * tried in a throw-away process of its own (two native packages must never meet in one), so that one which crashes or
 * hangs is a refusal like the others. One that is not installed costs no process.
 *
 * @throws BelayError `backend` when the backend that was asked for cannot be had, with the reason and what to do.
 */
export async function resolveBackend(
  choice: BackendChoice,
  options: ResolveOptions = {},
): Promise<BackendResolution> {
  const refused: Refusal[] = [];
  for (const candidate of CANDIDATES) {
    if (choice !== "auto" && candidate.backend !== choice) continue;
    if (refused.some((earlier) => settles(earlier, candidate))) continue;
    const found = await tryCandidate(candidate, options);
    if (!("reason" in found)) return { ...found, refused };
    refused.push(found);
  }
  throw new BelayError("backend", explain(choice, refused));
}

/** The GPU package, once refused, need not be tried again as `node`, unless without the GPU it may do better. */
function settles(earlier: Refusal, candidate: Candidate): boolean {
  return earlier.package === candidate.package && earlier.reason !== "no-gpu" && earlier.reason !== "broken";
}

type Taken = Omit<BackendResolution, "refused">;

async function tryCandidate(candidate: Candidate, options: ResolveOptions): Promise<Taken | Refusal> {
  const { backend, package: name } = candidate;
  const directories = [options.fromDirectory, options.ownDirectory ?? OWN_DIRECTORY].filter(
    (d) => d !== undefined,
  );
  const installed = findPackage(name, directories);
  if (installed === null) return refuse(backend, name, "absent", "it is not installed");
  const tensorflow = findTensorFlow(installed, directories);
  if (tensorflow === null)
    return refuse(backend, name, "broken", `${TFJS}, which it needs, is not installed`);

  const { entry, version } = installed;
  const verdict = await probe(
    { kind: kindOf(backend), entry, tensorflow },
    { env: backendEnvironment(backend, { threads: 1 }), timeoutMs: options.timeoutMs ?? 60_000 },
  );
  if (!verdict.works) return refuse(backend, name, verdict.reason, verdict.message);
  if (backend === "gpu" && !verdict.gpu)
    return refuse(backend, name, "no-gpu", "it works, but it sees no GPU");
  return { backend, package: name, version, entry, tensorflow, addon: verdict.addon };
}

/** The copy of tfjs beside the package, so that both share one tfjs-core; else the first that is installed. */
function findTensorFlow(installed: InstalledPackage, directories: readonly string[]): string | null {
  if (installed.name === TFJS) return installed.entry;
  return findSibling(TFJS, installed.entry) ?? findPackage(TFJS, directories)?.entry ?? null;
}

function kindOf(backend: Backend): ProbeTarget["kind"] {
  return backend === "wasm" || backend === "cpu" ? backend : "native";
}

function explain(choice: BackendChoice, refused: readonly Refusal[]): string {
  const what =
    choice === "auto"
      ? "backend: no TensorFlow.js backend works here"
      : `backend ${JSON.stringify(choice)} cannot be had`;
  const reasons = refused.map((one) => `${one.package}: ${one.message} (${one.reason}); ${one.advice}`);
  return `${what}: ${reasons.join(" | ")}`;
}
