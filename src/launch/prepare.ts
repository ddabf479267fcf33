import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BelayError, show } from "../core/error.ts";
import type { Setting } from "../core/setting.ts";
import type { StudyManifest } from "../core/study.ts";
import { usableCores, visibleGpus } from "../machine/cores.ts";
import { tooFewFilesToRun } from "../machine/open-files.ts";
import { type MachineProfile, workersCeiling } from "../scheduler/workers.ts";
import { typedPath } from "../store/command-line.ts";
import { bundleStudy, renewBundle, type StudyBundle } from "../study/bundle.ts";
import { type BackendResolution, resolveBackend } from "../tensorflow/resolve.ts";
import type { LocalEngine } from "../worker/engine.ts";
import { type Ready, startHost } from "../worker/host-client.ts";
import type { HostBoot } from "../worker/protocol.ts";
import { openEngine } from "./engines.ts";
import type { Listen } from "./events.ts";
import { type MemoryLimits, memoryLimits } from "./limits.ts";
import {
  type GivenSettings,
  GRACE_MS,
  type ResolvedSettings,
  SETUP_TIMEOUT_MS,
  type Settings,
} from "./settings.ts";
import { placesBeside } from "./storage/places.ts";
import { checkSplitOrder, decidePruner, decideSplitOrder } from "./study-pruner.ts";

/** A request to read a study file. */
export interface ReadRequest {
  readonly file: string;
  /** The absolute path of the file when the study last ran, so that code which was only moved counts as unchanged. */
  readonly fileBefore?: string;
  readonly options: GivenSettings;
  /** Overrides the name in the study file. */
  readonly name?: string | undefined;
  /** A temporary folder of this run. */
  readonly folder: string;
  /** The results database: prepared data and checkpoints are kept beside it. */
  readonly db: string;
  /** How much hosts report about the splits. @default nothing */
  readonly inspect?: "all" | "faults";
}

/** A bundled study file, and what it declares. Its data are not loaded yet. */
export interface StudySource {
  readonly request: ReadRequest;
  /** The absolute path of the study file. */
  readonly file: string;
  readonly bundle: StudyBundle;
  readonly manifest: StudyManifest;
  /** The options of the throw-away host; hosts of trials are started with some of them. */
  readonly boot: Omit<HostBoot, "beacon">;
}

/** A study that is ready to run: its first host has loaded the data and made the splits. Nothing is recorded yet. */
export interface ReadyStudy extends MemoryLimits {
  readonly file: string;
  readonly codeHash: string;
  /** The hash that this code had before its file was moved; `codeHash` if it was not moved. */
  readonly codeHashBefore: string;
  readonly manifest: StudyManifest;
  readonly settings: Settings;
  readonly sources: Readonly<Record<string, Setting>>;
  readonly backend: BackendResolution | null;
  readonly engine: LocalEngine;
  readonly ready: Ready;
  readonly machine: MachineProfile;
  /** The most trials that run at a time. */
  readonly workers: number;
}

/**
 * The first step of preparing: bundles the file, and learns what it declares in a throw-away host.
 *
 * @throws BelayError `setup` when this process may open too few files; and all that `describeStudy` throws.
 */
export async function readStudy(request: ReadRequest, listen: Listen): Promise<StudySource> {
  const few = tooFewFilesToRun();
  if (few) throw new BelayError("setup", few);
  const file = studyPath(request.file);
  const { options } = request;
  const shown = typedPath(file);
  listen({ kind: "stage", text: `reading ${shown}` });
  const bundle = await bundleStudy(shown, request.folder, request.fileBefore);
  const boot = {
    bundle: bundle.file,
    studyFile: shown,
    studyName: request.name ?? "study",
    seed: 0,
    backend: null,
    setupTimeoutMs: Number(options.setupTimeoutMs ?? SETUP_TIMEOUT_MS),
    graceMs: Number(options.graceMs ?? GRACE_MS),
    memoryBytes: null,
    cacheFolder: placesBeside(request.db).cache,
    ...(request.inspect && { inspect: request.inspect }),
    checkpoints: null,
  };
  const declared = await describeStudy(boot, listen).catch((error: unknown) => {
    if (!(error instanceof BelayError) || !bundle.locate) throw error;
    throw new BelayError(error.code, bundle.locate(error.message), { cause: error });
  });
  const manifest = request.name ? { ...declared, name: request.name } : declared;
  return { request, file, bundle, manifest, boot };
}

/** The second step: resolves the backend, and makes the first host ready with its data. The caller closes the engine. */
export async function openStudy(
  { request, file, bundle, manifest, boot }: StudySource,
  { settings, sources }: ResolvedSettings,
  listen: Listen,
): Promise<ReadyStudy> {
  const { db, folder } = request;
  checkSplitOrder({ settings, sources });
  if (manifest.backend !== null) listen({ kind: "stage", text: "looking for a TensorFlow backend" });
  const backend =
    manifest.backend === null
      ? null
      : await resolveBackend(settings.backend, { fromDirectory: dirname(file) });
  const usesGpus = backend?.backend === "gpu";
  // Whether a program uses a GPU is not known, so GPUs are shared out to its slots, and do not limit their number.
  const gpus = usesGpus || manifest.command ? visibleGpus() : [];
  const machine = { cores: usableCores(), gpus: usesGpus ? gpus.length : null };
  const workers = Math.min(
    workersCeiling(settings.workers, machine),
    settings.deterministic ?? Number.POSITIVE_INFINITY,
  );
  const limits = memoryLimits(settings, listen);
  const { isolation, recycle } = settings;
  const opened = await openEngine(
    {
      db,
      folder,
      isolation,
      recycle,
      workers,
      reserveBytes: limits.reserveBytes,
      cores: Math.floor(machine.cores),
      gpus,
      command: manifest.command,
      renew: () => renewBundle(bundle),
      boot: {
        ...boot,
        studyName: manifest.name,
        seed: settings.seed,
        backend,
        setupTimeoutMs: settings.setupTimeoutMs,
        graceMs: settings.graceMs,
        memoryBytes: limits.memoryBytes,
        checkpoints: placesBeside(db).checkpoints(manifest.name),
      },
    },
    listen,
  );
  const { hash: codeHash, hashBefore: codeHashBefore } = bundle;
  const { splitCount } = opened.ready;
  const judged = decidePruner({ settings, sources }, manifest, splitCount);
  const decided = decideSplitOrder(judged, manifest, splitCount);
  return {
    file,
    codeHash,
    codeHashBefore,
    manifest,
    ...decided,
    backend,
    machine,
    workers,
    ...limits,
    ...opened,
  };
}

/** @throws BelayError `usage` when there is no such file. */
function studyPath(file: string): string {
  const path = resolve(file);
  if (!existsSync(path))
    throw new BelayError(
      "usage",
      `study file: expected a TypeScript or JavaScript file, got ${show(file)}, which does not exist`,
    );
  if (!statSync(path).isFile())
    throw new BelayError(
      "usage",
      `study file: expected a TypeScript or JavaScript file, got ${show(file)}, which is no file`,
    );
  return path;
}

/** What the file declares, learned in a process that is thrown away, because importing a study file can do anything. */
async function describeStudy(boot: Omit<HostBoot, "beacon">, listen: Listen): Promise<StudyManifest> {
  const host = startHost({
    boot: { ...boot, beacon: null },
    isolation: "process",
    environment: {},
    onOutput: (text, number) => listen({ kind: "output", text, number }),
  });
  try {
    return await host.loaded;
  } finally {
    await host.close();
  }
}
