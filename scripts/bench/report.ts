// Measures what the reading commands cost on a large study, each as a process of its own, on the built command:
//   npm run bench:report -- [--trials 100000] [--pairs 3] [--db FILE] [--json]
// The study has five splits a trial and loses a tenth of its trials. --db keeps the database, or uses one that is kept.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BELAY } from "../run.ts";
import { machineText, print, progress, readArguments, table } from "./harness.ts";
import { makeLarge } from "./report/large.ts";
import { median } from "./statistics.ts";

/** Makes a process print its largest resident memory when it ends. */
const PEAK = fileURLToPath(new URL("report/peak.mjs", import.meta.url));

const COMMANDS = [
  "query large --group-by optimizer,units",
  "query large --group-by optimizer,units --agg count,mean,q90,max(memory.peak)",
  "kills large",
  "summary large",
  "importance large",
  "importance large --target killed",
  "query large --sort value:desc --limit 20",
  "best large",
  "show large",
  "list",
  "query large --plot learningRate,value",
  "export large --format csv --out {out}",
  "export large --format ndjson --out {out}",
  "export large --format parquet --out {out}",
];
/** Stands for a file that is not there yet. */
const OUT = "{out}";

const options = readArguments({ trials: 100_000, pairs: 3, db: null });
const home = mkdtempSync(join(tmpdir(), "belay-bench-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
const db = options.db ?? join(home, "large.db");
if (!existsSync(db)) {
  progress(`making a study of ${options.trials} trials ...`);
  await makeLarge(db, options.trials);
}

let files = 0;

function measure(command: string) {
  const out = join(home, `out-${files++}`);
  const args = command.split(" ").map((arg) => (arg === OUT ? out : arg));
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--import", PEAK, BELAY, ...args, "--db", db], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const wallMs = performance.now() - began;
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  const [cpuMs, peakBytes] = stderr.trim().split("\n").at(-1)!.split(" ").map(Number);
  return { wallMs, cpuMs: cpuMs!, peakBytes: peakBytes! };
}

const figures = COMMANDS.map((command) => {
  progress(`${command} ...`);
  const runs = Array.from({ length: options.pairs }, () => measure(command));
  const middle = (name: "wallMs" | "cpuMs" | "peakBytes") => median(runs.map((run) => run[name]));
  return { command, wallMs: middle("wallMs"), cpuMs: middle("cpuMs"), peakBytes: middle("peakBytes") };
});
progress("");
print(options.json, figures, () => {
  const rows = figures.map(({ command, wallMs, cpuMs, peakBytes }) => [
    `belay ${command}`,
    wallMs.toFixed(0),
    cpuMs.toFixed(0),
    (peakBytes / 1e6).toFixed(0),
  ]);
  return [
    table(["command", "wall ms", "CPU ms", "MB"], rows),
    `Medians of ${options.pairs} runs. ${machineText()}`,
  ].join("\n\n");
});
