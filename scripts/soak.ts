// Runs many short TensorFlow trials in two slots, of which one in ten misbehaves. Nothing may grow, nothing may be left
// behind, and every row must be right. Prints figures; exits with 1 if one of them is out of bounds. Linux.
//
//   npm run soak -- [--trials 2000] [--backend auto]

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { buildSync } from "esbuild";
import { type LeakVerdict, leakVerdict } from "../src/report/memory/leak.ts";
import { openDatabase } from "../src/sqlite/database.ts";
import { BELAY } from "./run.ts";
import type { Sample } from "./soak/sampler.ts";

/** The state and reason with which each way to misbehave must end. */
const ENDS: Readonly<Record<string, string>> = {
  "js loop": "pruned split-timeout",
  "native call": "pruned split-timeout",
  "arrays without end": "pruned memory-limit",
  exit: "fail exit",
  "throw null": "fail error",
  "not a number": "pruned not-finite",
  segfault: "fail crash",
  "unhandled rejection": "fail error",
  "leaked timer": "complete",
  "tensors left": "complete",
};
const WAYS = Object.keys(ENDS);
/**
 * V8 counts compiled code, and the feedback that it compiles from, as heap: some hundred kB over an hour, which would
 * hide a small leak. So the coordinator runs without its compilers.
 */
const NO_COMPILER = ["--no-opt", "--no-maglev", "--no-sparkplug", "--no-flush-bytecode"];
const RSS_BOUND = 300e6;
/** Open files of a sample: three hosts and the database, and a fourth host that is ending. */
const FILES_BOUND = 90;

/** The end of a trial, as recorded. */
interface Ended {
  readonly number: number;
  readonly state: string;
  readonly reason: string | null;
}

const { values } = parseArgs({
  options: { trials: { type: "string", default: "2000" }, backend: { type: "string", default: "auto" } },
});
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "belay-soak-"));
const samplesFile = join(folder, "samples.ndjson");
// The sampler is built to plain JavaScript, so that the coordinator does not also hold the loader of TypeScript.
const sampler = join(folder, "sampler.mjs");
buildSync({ entryPoints: [path("./soak/sampler.ts")], outfile: sampler, format: "esm", target: "node20.19" });
const began = performance.now();
const coordinator = spawn(
  process.execPath,
  [
    ...["--expose-gc", ...NO_COMPILER, "--import", pathToFileURL(sampler).href, BELAY],
    ...["launch", path("./soak/study.ts"), "--trials", values.trials, "--workers", "2", "--seed", "1"],
    ...["--sampler", "random", "--split-timeout", "3s", "--grace", "300ms", "--memory-limit", "300MB"],
    ...["--durability", "normal", "--quiet"],
  ],
  {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, BELAY_SOAK_SAMPLES: samplesFile, BELAY_SOAK_BACKEND: values.backend },
  },
);
const code = await new Promise<number | null>((resolve) => coordinator.on("exit", resolve));
const seconds = (performance.now() - began) / 1000;

const problems: string[] = [];
const check = (isRight: boolean, problem: string): void => void (isRight || problems.push(problem));
const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
const kB = (bytes: number | null): string => ((bytes ?? Number.NaN) / 1e3).toFixed(2);
const slope = (unit: string, { verdict, bytesPerTrial, low, high, pValue }: LeakVerdict): string =>
  verdict === "unknown"
    ? "unknown"
    : `${verdict}, ${kB(bytesPerTrial)} kB a ${unit} (95 % interval ${kB(low)} to ${kB(high)}, p ${pValue?.toFixed(3)})`;
const series = (numbers: readonly number[]) =>
  numbers.map((rssBytes) => ({ rssBytes, heapBytes: null, externalBytes: null, tensors: null }));

check(code === 0, `expected exit 0, got ${code}`);
const db = openDatabase(join(folder, "belay.db"), { readonly: true });
const rows = db.prepare("select number, state, reason from trials order by number").all() as Ended[];
check(rows.length === Number(values.trials), `expected ${values.trials} rows, got ${rows.length}`);
const wrong = rows.filter(({ number, state, reason }) => {
  const way = number % 10 === 9 ? WAYS[Math.floor(number / 10) % WAYS.length]! : null;
  return [state, reason].filter(Boolean).join(" ") !== (way ? ENDS[way] : "complete");
});
check(wrong.length === 0, `expected every row to be right, got ${JSON.stringify(wrong.slice(0, 5))}`);

const samples = readFileSync(samplesFile, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Sample);
// The first half is left out, because caches fill then.
const settled = samples.slice(Math.floor(samples.length / 2));
const held = leakVerdict([series(settled.map(({ heapUsed, external }) => heapUsed + external))], null);
check(held.verdict !== "leaking", "expected the coordinator to hold as much at the end as at the start");
const rssMax = Math.max(...samples.map(({ rss }) => rss));
check(rssMax < RSS_BOUND, `expected the coordinator below ${mb(RSS_BOUND)} MB, got ${mb(rssMax)} MB`);
const filesMax = Math.max(...samples.map(({ files }) => files));
check(filesMax < FILES_BOUND, `expected fewer than ${FILES_BOUND} open files, got ${filesMax}`);

const ready = db
  .prepare(
    `select min(m.baseline_bytes) as bytes from attempts a join memory_log m
     on m.trial_id = a.trial_id and m.attempt = a.attempt and m.phase = 'start'
     group by a.host_pid order by min(a.started_at)`,
  )
  .pluck()
  .all() as number[];
const hosts = leakVerdict([series(ready)], null);
check(hosts.verdict !== "leaking", "expected hosts to be as large at the end as at the start");
db.close();

// The folder is compared too: another soak on this machine has hosts of the same name.
const home = realpathSync(folder);
const left = readdirSync("/proc").filter((pid) => {
  try {
    const isSoak = readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith("belay soak");
    const isOver = /\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
    return isSoak && !isOver && readlinkSync(`/proc/${pid}/cwd`) === home;
  } catch {
    return false;
  }
});
check(left.length === 0, `expected no process to be left, got ${left.join(", ")}`);
rmSync(folder, { recursive: true, force: true });

console.log(
  `Node ${process.version}: ${rows.length} trials in ${seconds.toFixed(0)} s, ${ready.length} hosts, ${rows.length - wrong.length} rows right`,
);
console.log(
  `coordinator, heap and external after collection: ${mb(settled[0]!.heapUsed + settled[0]!.external)} MB to ${mb(settled.at(-1)!.heapUsed + settled.at(-1)!.external)} MB; ${slope("second", held)}, at ${(rows.length / seconds).toFixed(1)} trials a second`,
);
console.log(`coordinator, resident: at most ${mb(rssMax)} MB; open files: at most ${filesMax}`);
console.log(
  `hosts when ready: ${mb(Math.min(...ready))} to ${mb(Math.max(...ready))} MB; ${slope("host", hosts)}`,
);
for (const problem of problems) console.log(`WRONG: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
