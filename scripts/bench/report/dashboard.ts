// Measures how long the dashboard's server takes for each request on a large study, on the built command:
//   npm run bench:dashboard -- [--trials 100000] [--params 20] [--requests 40] [--db FILE] [--json]
// The study has five splits a trial and loses a third of its trials. --db keeps the database, or uses one that is kept.
// Filters and orders are others each time, so that none is remembered.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BELAY } from "../../run.ts";
import { machineText, print, progress, readArguments, table } from "../harness.ts";
import { quantile } from "../statistics.ts";
import { makeLarge } from "./large.ts";

const STUDY = "/api/studies/large";

/** The requests by their names; `i` counts the repetitions. */
const REQUESTS: Readonly<Record<string, (i: number) => string>> = {
  studies: () => "/api/studies",
  head: () => STUDY,
  "columns (2)": () => `${STUDY}/columns?names=value.0,state`,
  "columns (8)": (i) =>
    `${STUDY}/columns?names=number,state,value.0,violation,finishedAtMs,durationMs,param.units,param.extra${i % 9}`,
  "columns (params)": () => `${STUDY}/columns?names=${PARAMS.map((name) => `param.${name}`).join(",")}`,
  "matches: one number": (i) => `${STUDY}/matches?${query({ where: `units > ${600 + i}` })}`,
  "matches: several": (i) =>
    `${STUDY}/matches?${query({ where: `(optimizer = adam or momentum > 0.${i + 10}) and not memory.peak > 2GB and state = complete` })}`,
  "matches: a text in the database": (i) => `${STUDY}/matches?${query({ where: `error = "a matrix ${i}"` })}`,
  "trials: first page": () => `${STUDY}/trials?limit=50`,
  "trials: by value": (i) => `${STUDY}/trials?limit=50&sort=value:desc&offset=${i * 50}`,
  "trials: by a param": (i) => `${STUDY}/trials?limit=50&sort=extra${i % 14}:desc`,
  "trials: filter and order": (i) =>
    `${STUDY}/trials?${query({ where: `units > ${300 + i}`, sort: "duration:desc", limit: "50" })}`,
  trial: (i) => `${STUDY}/trials/${(i * 2_503) % options.trials}`,
  live: () => `${STUDY}/live`,
  timeline: () => `${STUDY}/timeline`,
  "memory: marks": () => `${STUDY}/memory/marks?since=0`,
  audit: () => `${STUDY}/audit`,
  "analysis: summary": () => `${STUDY}/analyses/summary`,
  "analysis: show": () => `${STUDY}/analyses/show`,
  "analysis: importance": () => `${STUDY}/analyses/importance`,
  "analysis: kills": () => `${STUDY}/analyses/kills`,
  "analysis: memory": () => `${STUDY}/analyses/memory`,
  metrics: () => "/metrics",
};
const PARAMS = [
  ...["learningRate", "units", "batch", "dropout", "optimizer", "momentum"],
  ...Array.from({ length: 14 }, (_, i) => `extra${i}`),
];

function query(params: Readonly<Record<string, string>>): string {
  return `${new URLSearchParams(params)}`;
}

const options = readArguments({ trials: 100_000, params: 20, requests: 40, db: null });
const home = mkdtempSync(join(tmpdir(), "belay-bench-"));
const db = options.db ?? join(home, "large.db");
if (!existsSync(db)) {
  progress(`making a study of ${options.trials} trials ...`);
  await makeLarge(db, options.trials, "large", 1, options.params);
}

const server = spawn(process.execPath, [BELAY, "dashboard", "--json", "--port", "0", "--db", db], {
  stdio: ["ignore", "pipe", "inherit"],
});
process.on("exit", () => {
  server.kill();
  rmSync(home, { recursive: true, force: true });
});
const began = performance.now();
const { port, token } = await new Promise<{ port: number; token: string }>((resolve) => {
  server.stdout.once("data", (line: Buffer) => resolve(JSON.parse(String(line))));
});
const readyMs = performance.now() - began;

async function ask(path: string): Promise<{ readonly ms: number; readonly bytes: number }> {
  const asked = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { byteLength } = await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return { ms: performance.now() - asked, bytes: byteLength };
}

/** The times and the size of a request. */
interface Figure {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
  readonly bytes: number;
}

/** Whether an analysis is still being made for the first time. */
async function isComputed(path: string): Promise<boolean> {
  if (!path.includes("/analyses/")) return false;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { readonly state: string }).state === "computing";
}

await ask(REQUESTS["columns (2)"]!(0));
const warmMs = performance.now() - began;
const figures: Figure[] = [];
for (const [name, path] of Object.entries(REQUESTS)) {
  progress(`${name} ...`);
  while (await isComputed(path(0))) await new Promise((resolve) => setTimeout(resolve, 200));
  const answers = [];
  for (let i = 0; i < options.requests; i++) answers.push(await ask(path(i)));
  const times = answers.map(({ ms }) => ms);
  const [p50, p95, most] = [quantile(times, 0.5), quantile(times, 0.95), Math.max(...times)];
  figures.push({ name, p50, p95, most, bytes: Math.max(...answers.map(({ bytes }) => bytes)) });
}
progress("");
const system = (await (
  await fetch(`http://127.0.0.1:${port}/health/system`, { headers: { authorization: `Bearer ${token}` } })
).json()) as { readonly dashboard: { readonly rssBytes: number } };
const memoryBytes = system.dashboard.rssBytes;
print(options.json, { readyMs, warmMs, memoryBytes, figures }, () => {
  const rows = figures.map(({ name, p50, p95, most, bytes }) => [
    ...[name, p50.toFixed(1), p95.toFixed(1), most.toFixed(1), (bytes / 1e3).toFixed(0)],
  ]);
  return [
    table(["request", "p50 ms", "p95 ms", "most ms", "kB"], rows),
    `The link after ${readyMs.toFixed(0)} ms, all trials in memory after ${warmMs.toFixed(0)} ms; the server holds ${(memoryBytes / 1e6).toFixed(0)} MB. Each ${options.requests} times. ${machineText()}`,
  ].join("\n\n");
});
server.kill();
