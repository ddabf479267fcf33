import { BelayError } from "../core/error.ts";
import { formatSize } from "../core/units.ts";
import { tooFewFilesFor } from "../machine/open-files.ts";
import { commandOn } from "../store/command-line.ts";
import { type LocalEngine, type LocalEngineOptions, localEngine } from "../worker/engine.ts";
import type { Ready } from "../worker/host-client.ts";
import type { HostBoot } from "../worker/protocol.ts";
import type { Listen } from "./events.ts";

/** The options with which an engine is opened. */
export interface EngineRequest
  extends Pick<
    LocalEngineOptions,
    | "boot"
    | "workers"
    | "isolation"
    | "recycle"
    | "reserveBytes"
    | "cores"
    | "gpus"
    | "command"
    | "folder"
    | "renew"
  > {
  readonly db: string;
}

/** Opens the engine that trials run in, with its first host ready: the only place that chooses which kind it is. */
export async function openEngine(
  { db, ...options }: EngineRequest,
  listen: Listen,
): Promise<{ readonly engine: LocalEngine; readonly ready: Ready }> {
  const { boot, isolation, reserveBytes } = options;
  const note = (text: string): void => listen({ kind: "note", text });
  const output = (text: string, number: number | null): void => listen({ kind: "output", text, number });
  if (isolation === "thread" && options.command)
    throw new BelayError(
      "usage",
      "--isolation: expected process in a study with command, whose programs end with their host, got thread",
    );
  if (isolation === "thread") note(threadNote(boot, commandOn(db, "resume", boot.studyName)));
  const few = isolation === "process" ? tooFewFilesFor(options.workers) : null;
  if (few) throw new BelayError("usage", few);
  let isReady = false;
  const engine = localEngine({
    ...options,
    onOutput: output,
    // People wait for the first host only, so only its progress is a note.
    onProgress: (text) => (isReady ? output(`data: ${text}`, null) : note(`data: ${text}`)),
    onBrake: (on, availableBytes) => listen({ kind: "brake", on, availableBytes, reserveBytes }),
    onAlert: (availableBytes, totalBytes) =>
      note(
        `memory is short: ${formatSize(totalBytes - availableBytes)} of ${formatSize(totalBytes)} used; use fewer --workers or a smaller --memory-limit (below ${formatSize(reserveBytes)} available the largest trial is pruned)`,
      ),
  });
  listen({ kind: "stage", text: "loading data and splits" });
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

/** Refuses a host that holds more than the memory limit already: every trial would be pruned before its first split. */
function refuseLargeHost(studyFile: string, heldBytes: number | null, limitBytes: number | null): void {
  if (limitBytes === null || heldBytes === null || heldBytes <= limitBytes) return;
  const expected = `expected a host with its data to hold less than the memory limit of ${formatSize(limitBytes)} before any trial`;
  const advice = "raise --memory-limit, or load less";
  throw new BelayError("setup", `${studyFile}: ${expected}, got ${formatSize(heldBytes)}; ${advice}`);
}

/** What a run with `--isolation thread` lacks, in words. @throws BelayError `usage` with a native backend. */
function threadNote({ backend }: Omit<HostBoot, "beacon">, resume: string): string {
  if (backend?.backend === "gpu" || backend?.backend === "node") {
    throw new BelayError(
      "usage",
      "--isolation: expected process with a native TensorFlow backend (one worker per process), got thread; or take --backend wasm",
    );
  }
  return `isolation thread: no memory limit for trials (their memory columns are empty), no bound on a trial in native code, and a trial that crashes takes this run along until \`${resume}\``;
}
