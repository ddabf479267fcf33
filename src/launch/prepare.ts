import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BelayError, show } from "../core/error.ts";
import type { StudyManifest } from "../core/study.ts";
import { formatSize } from "../core/units.ts";
import { usableCores, visibleGpus } from "../machine/cores.ts";
import { machineMemory } from "../machine/memory.ts";
import { tooFewFilesFor } from "../machine/open-files.ts";
import { checkReserve } from "../scheduler/changes.ts";
import { type MachineProfile, workersCeiling } from "../scheduler/workers.ts";
import { commandOn, typedPath } from "../store/command-line.ts";
import type { Setting } from "../store/records.ts";
import { bundleStudy, renewBundle } from "../study/bundle.ts";
import { type BackendResolution, resolveBackend } from "../tensorflow/resolve.ts";
import { type LocalEngine, type LocalEngineOptions, localEngine } from "../worker/engine.ts";
import { type Ready, startHost } from "../worker/host-client.ts";
import type { HostBoot } from "../worker/protocol.ts";
import { studyCheckpoints } from "./checkpoints.ts";
import { resolveSettings, type Settings } from "./settings.ts";

/** A study that is ready to run: its first host has loaded its data and knows its splits. Nothing is recorded yet. */
export interface PreparedRun {
  readonly file: string;
  readonly codeHash: string;
  /** What the same code had for a hash before its file was moved; `codeHash` for one that was not. */
  readonly codeHashBefore: string;
  readonly manifest: StudyManifest;
  readonly settings: Settings;
  readonly sources: Readonly<Record<string, Setting>>;
  readonly backend: BackendResolution | null;
  readonly engine: LocalEngine;
  readonly ready: Ready;
  readonly memoryBytes: number | null;
  readonly reserveBytes: number;
  readonly machine: MachineProfile;
  /** The most trials that run at a time. */
  readonly workers: number;
}

/** What preparing asks for. */
export interface PrepareOptions {
  readonly file: string;
  /** Where the file lay when the study ran last, absolute: moved code is the same code. */
  readonly fileBefore?: string;
  readonly options: Parameters<typeof resolveSettings>[0];
  readonly recorded?: Readonly<Record<string, Setting>>;
  /** Overrides the study's own name. */
  readonly name?: string | undefined;
  readonly folder: string;
  /** The results database: prepared data and checkpoints are kept beside it. */
  readonly db: string;
  /** How much hosts tell of the splits. @default nothing */
  readonly inspect?: "all" | "faults";
  /** Called as soon as the study is known, before its data is loaded: the place for checks that need no data. */
  readonly check: (manifest: StudyManifest, settings: Settings, codeHash: string) => void;
  /** A line for people. */
  readonly note: (text: string) => void;
  /** What is being made ready, for people who wait. */
  readonly stage: (text: string) => void;
  readonly onOutput: (text: string, number: number | null) => void;
  readonly onBrake: (on: boolean, availableBytes: number, reserveBytes: number) => void;
}

/** Bundles the file, learns what it declares in a throw-away host, takes a backend, and makes the first host ready. */
export async function prepareRun(request: PrepareOptions): Promise<PreparedRun> {
  const file = studyPath(request.file);
  const { options, note, stage, folder } = request;
  const shown = typedPath(file);
  stage(`reading ${shown}`);
  const bundle = await bundleStudy(shown, folder, request.fileBefore);
  const first = {
    bundle: bundle.file,
    studyFile: shown,
    studyName: request.name ?? "study",
    seed: 0,
    backend: null,
    setupTimeoutMs: Number(options.setupTimeoutMs ?? 10 * 60_000),
    graceMs: Number(options.graceMs ?? 1_000),
    memoryBytes: null,
    cacheFolder: `${request.db}.cache`,
    ...(request.inspect && { inspect: request.inspect }),
    checkpoints: null,
  };
  const declared = await describeStudy(first, request.onOutput);
  const manifest = request.name ? { ...declared, name: request.name } : declared;
  const { settings, sources } = resolveSettings(options, manifest, process.env, request.recorded);
  request.check(manifest, settings, bundle.hashBefore);

  if (manifest.backend !== null) stage("looking for a TensorFlow backend");
  const backend =
    manifest.backend === null
      ? null
      : await resolveBackend(settings.backend, { fromDirectory: dirname(file) });
  const gpus = backend?.backend === "gpu" ? visibleGpus() : null;
  const machine = { cores: usableCores(), gpus: gpus?.length ?? null };
  const workers = Math.min(
    workersCeiling(settings.workers, machine),
    settings.deterministic ?? Number.POSITIVE_INFINITY,
  );
  const { memoryBytes, reserveBytes } = memoryLimits(settings, note);
  const boot: Omit<HostBoot, "beacon"> = {
    ...first,
    studyName: manifest.name,
    seed: settings.seed,
    backend,
    setupTimeoutMs: settings.setupTimeoutMs,
    graceMs: settings.graceMs,
    memoryBytes,
    checkpoints: studyCheckpoints(request.db, manifest.name),
  };
  const shares = {
    reserveBytes,
    workers,
    cores: Math.floor(machine.cores),
    gpus: gpus ?? [],
    renew: () => renewBundle(bundle),
  };
  const { engine, ready } = await openEngine(request, settings, boot, shares);
  return {
    file,
    codeHash: bundle.hash,
    codeHashBefore: bundle.hashBefore,
    manifest,
    settings,
    sources,
    backend,
    engine,
    ready,
    memoryBytes,
    reserveBytes,
    machine,
    workers,
  };
}

/** The engine with its first host ready. */
async function openEngine(
  { note, stage, folder, db, onOutput, onBrake }: PrepareOptions,
  { isolation, recycle }: Settings,
  boot: Omit<HostBoot, "beacon">,
  shares: Pick<LocalEngineOptions, "reserveBytes" | "workers" | "cores" | "gpus" | "renew">,
): Promise<Pick<PreparedRun, "engine" | "ready">> {
  if (isolation === "thread") noteThread(note, boot.backend, commandOn(db, "resume", boot.studyName));
  const few = isolation === "process" ? tooFewFilesFor(shares.workers) : null;
  if (few) throw new BelayError("usage", few);
  let isReady = false;
  const engine = localEngine({
    ...shares,
    boot,
    isolation,
    recycle,
    folder,
    onOutput,
    // People wait for the first host only.
    onProgress: (text) => (isReady ? onOutput(`data: ${text}`, null) : note(`data: ${text}`)),
    onBrake: (on, availableBytes) => onBrake(on, availableBytes, shares.reserveBytes),
    onAlert: (availableBytes, totalBytes) =>
      note(
        `memory is short: ${formatSize(totalBytes - availableBytes)} of ${formatSize(totalBytes)} used; use fewer --workers or a smaller --memory-limit (below ${formatSize(shares.reserveBytes)} available the largest trial is pruned)`,
      ),
  });
  stage("loading data and splits");
  try {
    const ready = await engine.open();
    isReady = true;
    refuseLargeHost(boot.studyFile, ready.rssBytes, boot.memoryBytes);
    return { engine, ready };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** With such a host every trial would be pruned before its first split. */
function refuseLargeHost(studyFile: string, heldBytes: number | null, limitBytes: number | null): void {
  if (limitBytes === null || heldBytes === null || heldBytes <= limitBytes) return;
  const expected = `expected a host with its data to hold less than the memory limit of ${formatSize(limitBytes)} before any trial`;
  const advice = "raise --memory-limit, or load less";
  throw new BelayError("setup", `${studyFile}: ${expected}, got ${formatSize(heldBytes)}; ${advice}`);
}

/** @throws BelayError `usage` when there is no such file. */
export function studyPath(file: string): string {
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

/** What the file declares, learned in a process that is thrown away: importing it can do anything. */
async function describeStudy(
  boot: Omit<HostBoot, "beacon">,
  onOutput: PrepareOptions["onOutput"],
): Promise<StudyManifest> {
  const host = startHost({
    boot: { ...boot, beacon: null },
    isolation: "process",
    environment: {},
    onOutput,
  });
  try {
    return await host.loaded;
  } finally {
    await host.close();
  }
}

const DEFAULT_MEMORY_BYTES = 12 * 2 ** 30;
const DEFAULT_RESERVE_BYTES = 2 * 2 ** 30;

/** The memory limit of a trial: as asked for, but never above what the machine could give it. */
function memoryLimits(
  settings: Settings,
  note: (text: string) => void,
): { memoryBytes: number | null; reserveBytes: number } {
  const { totalBytes, availableBytes, limitedBy } = machineMemory();
  const reserveBytes = settings.reserveBytes ?? Math.min(DEFAULT_RESERVE_BYTES, Math.round(totalBytes / 10));
  if (settings.reserveBytes !== null) checkReserve("--memory-reserve", reserveBytes, totalBytes);
  if (settings.isolation === "thread") return { memoryBytes: null, reserveBytes };
  // A number of workers shares the memory out; otherwise admission sees to it that what runs fits.
  const parts = typeof settings.workers === "number" ? settings.workers : 1;
  const share = Math.max(2 ** 28, Math.floor((availableBytes - reserveBytes) / parts));
  if (settings.memoryBytes === null)
    return { memoryBytes: Math.min(DEFAULT_MEMORY_BYTES, share), reserveBytes };
  const most = totalBytes - reserveBytes;
  if (settings.memoryBytes <= most || most <= 0) return { memoryBytes: settings.memoryBytes, reserveBytes };
  note(
    `memory limit lowered from ${formatSize(settings.memoryBytes)} to ${formatSize(most)}: the ${limitedBy} has ${formatSize(totalBytes)}, of which ${formatSize(reserveBytes)} is the reserve`,
  );
  return { memoryBytes: most, reserveBytes };
}

function noteThread(note: (text: string) => void, backend: BackendResolution | null, resume: string): void {
  if (backend?.backend === "gpu" || backend?.backend === "node") {
    throw new BelayError(
      "usage",
      "--isolation: expected process with a native TensorFlow backend (one worker per process), got thread; or take --backend wasm",
    );
  }
  note(
    `isolation thread: no memory limit for trials (their memory columns are empty), no bound on a trial in native code, and a trial that crashes takes this run along until \`${resume}\``,
  );
}
