// npm run final-score -- <study>: the last step of a study. Takes its best params, trains with them once more on all
// its rows, and scores the result on rows that no split has seen, by `scoreHeldOut` of the study file. With several
// objectives the first one decides which params are the best.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Params } from "../src/core/space/space.ts";
import type { Backend } from "../src/core/study.ts";
import { bundleStudy } from "../src/study/bundle.ts";
import { backendEnvironment } from "../src/tensorflow/environment.ts";
import { resolveBackend } from "../src/tensorflow/resolve.ts";
import { askBelay, TYPESCRIPT, waitFor } from "./run.ts";

/** The part of `belay show --json` and `belay best --json` that is read here. */
interface ShownStudy {
  readonly studyFile: string;
  readonly seed: number;
  readonly backend: Backend | null;
}
interface BestTrials {
  readonly best?: Found | null;
  readonly front?: readonly Found[];
}
interface Found {
  readonly number: number;
  readonly params: Params;
}

const WORKER = join(dirname(fileURLToPath(import.meta.url)), "final-worker.ts");

const study = process.argv[2];
if (study === undefined) {
  console.error("final-score: expected the name of a study, got none");
  process.exit(2);
}
const { studyFile, seed, backend: known } = askBelay<ShownStudy>(["show", study]);
const { best, front } = askBelay<BestTrials>(["best", study]);
const chosen = best ?? front?.[0];
if (!chosen) {
  console.error(`final-score: expected a complete trial in study ${study}, got none`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "belay-final-"));
try {
  const { file } = await bundleStudy(studyFile, folder);
  const backend = known === null ? null : await resolveBackend(known, { fromDirectory: dirname(studyFile) });
  // Training has a process of its own, because native backends read their environment when the process starts.
  const env = { ...process.env, ...backendEnvironment(backend?.backend ?? null, { threads: 2 }) };
  const work = JSON.stringify({ file, backend, seed, params: chosen.params });
  console.log(`params of trial ${chosen.number}: ${JSON.stringify(chosen.params)}`);
  process.exitCode = await waitFor(
    spawn(process.execPath, [...TYPESCRIPT, WORKER, work], { stdio: "inherit", env }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
