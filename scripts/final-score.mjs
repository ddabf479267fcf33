// node scripts/final-score.mjs <study>: the last step of a study. Takes its best params, trains with them once more on
// all its rows, and scores on rows that no split has seen, by `scoreHeldOut` of its file. Of several objectives the
// first one counts.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleStudy } from "../dist/study/bundle.js";
import { backendEnvironment } from "../dist/tensorflow/environment.js";
import { resolveBackend } from "../dist/tensorflow/resolve.js";
import { askBelay, waitFor } from "./run.mjs";

const WORKER = join(dirname(fileURLToPath(import.meta.url)), "final-worker.mjs");

const study = process.argv[2];
if (study === undefined) {
  console.error("final-score: expected the name of a study, got none");
  process.exit(2);
}
const { studyFile, seed, backend: known } = askBelay(["show", study]);
const { best, front } = askBelay(["best", study]);
const chosen = best ?? front?.[0];
if (!chosen) {
  console.error(`final-score: expected a complete trial in study ${study}, got none`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "belay-final-"));
try {
  const { file } = await bundleStudy(studyFile, folder);
  const backend = known === null ? null : await resolveBackend(known, { fromDirectory: dirname(studyFile) });
  // A process of its own: native backends read their environment when it starts.
  const env = { ...process.env, ...backendEnvironment(backend?.backend ?? null, { threads: 2 }) };
  const work = JSON.stringify({ file, backend, seed, params: chosen.params });
  console.log(`params of trial ${chosen.number}: ${JSON.stringify(chosen.params)}`);
  process.exitCode = await waitFor(spawn(process.execPath, [WORKER, work], { stdio: "inherit", env }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
