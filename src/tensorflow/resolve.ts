import { BelayError } from "../core/error.ts";
import type { Backend, BackendChoice } from "../core/study.ts";
import { backendEnvironment } from "./environment.ts";
import { findPackage, findSibling, type InstalledPackage, OWN_DIRECTORY } from "./packages.ts";
import { type ProbeTarget, probe } from "./probe.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** The backend that a run uses, and why each better one was refused. Plain data, which passes through IPC and JSON. */
export interface BackendResolution {
  readonly backend: Backend;
  readonly package: string;
  readonly version: string | null;
  /** Absolute path of the main file of `package`. */
  readonly entry: string;
  /** Absolute path of the copy of `@tensorflow/tfjs` in use, to which an import of it in a study file must resolve. */
  readonly tensorflow: string;
  /** Absolute path of the native addon, which the host pins; null for wasm and cpu, or if unknown. */
  readonly addon: string | null;
  /** The refused packages, in the order in which they were tried. */
  readonly refused: readonly Refusal[];
}

export interface ResolveOptions {
  /** The folder of the study file; packages that resolve from there take precedence over Belay's own. */
  readonly fromDirectory?: string;
  /** The folder from which Belay's own packages resolve. @default the folder of this file */
  readonly ownDirectory?: string;
  /**
   * How long one package may take to load and compute. On a GPU newer than its CUDA version the first use may take
   * minutes, in which kernels are compiled and cached for the next time. @default 60000
   */
  readonly timeoutMs?: number;
}

interface Candidate {
  readonly backend: Backend;
  readonly package: string;
}

const TFJS = "@tensorflow/tfjs";
const GPU_PACKAGE = "@tensorflow/tfjs-node-gpu";

/** The packages to try, best first. The GPU package is listed twice, because without a GPU it runs on the CPU. */
const CANDIDATES: readonly Candidate[] = [
  { backend: "gpu", package: GPU_PACKAGE },
  { backend: "node", package: "@tensorflow/tfjs-node" },
  { backend: "node", package: GPU_PACKAGE },
  { backend: "wasm", package: "@tensorflow/tfjs-backend-wasm" },
  { backend: "cpu", package: TFJS },
];

/**
 * Finds the best TensorFlow.js backend that works on this machine, or checks the requested one. Each installed package
 * is tried in a separate process: a package that crashes or hangs is then refused like the others, and two native
 * packages, which are incompatible, never share a process.
 *
 * @throws BelayError `backend` if no backend or not the requested one works, with the reasons and what to do.
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

/** Whether an earlier refusal of the same package makes a new try needless: without the GPU it might still work. */
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

/**
 * Finds the copy of tfjs that the package itself uses, so that both share one tfjs-core; else the first that is
 * installed.
 */
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
