// Measures what a page that is open costs a run: the same study with `launch --dashboard` and its page open in Chromium,
// and without, in turn. An idle browser is there both times.
//   npm run bench:watched -- [--pairs 6] [--trials 40] [--workers 1] [--json]
// BELAY_CHROMIUM names the browser.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processMs } from "../../../src/machine/cores.ts";
import { processes } from "../../../src/machine/proc.ts";
import { askBelay, BELAY } from "../../run.ts";
import {
  inTurn,
  machineText,
  print,
  progress,
  ratiosOf,
  readArguments,
  refuse,
  spreadText,
} from "../harness.ts";
import { median } from "../statistics.ts";
import { launchChromium } from "./chromium.ts";

const GOAL = 1.01;
/** Five splits of a fixed amount of computing, some 100 ms each, so that a trial is as long as its processor is free. */
const STUDY = `
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "watched",
  direction: "minimize",
  space: { x: float(-1, 1) },
  splits: () => [0, 1, 2, 3, 4].map((at) => ({ train: [at], validation: [at + 1] })),
  train({ params, splitIndex }) {
    let sum = splitIndex;
    for (let i = 0; i < 12e6; i++) sum = Math.sin(sum + params.x);
    return params.x ** 2 + 1e-9 * sum;
  },
});
`;

const { pairs, trials, workers, json } = readArguments({ pairs: 6, trials: 40, workers: 1 });
if (!existsSync(BELAY)) refuse("expected the built command, got none: npm run build");
const browser = await launchChromium();

/** The page has read and drawn everything after so long; what it costs from then on is measured for so long. */
const SETTLED_MS = 10_000;
const SHARE_MS = 10_000;
/** What the command lines of the browser's processes have. */
const PROGRAM_PART = "chromium";
/** What that of the dashboard has; words are separated by zeros. */
const SERVER_PART = "\0dashboard\0";
/** The parts of one processor that the server and the browser took. */
const shares: { readonly server: number; readonly browser: number }[] = [];

/** The processor time, in ms, of all processes whose command line has a part. */
function cpuMs(part: string): number {
  let ms = 0;
  for (const pid of processes())
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(part)) ms += processMs(pid) ?? 0;
    } catch {} // it has ended
  return ms;
}

/** Measures the parts of one processor, unless the run ends before. @param signal - Aborted when the run has ended. */
async function measureShares(signal: AbortSignal): Promise<void> {
  const now = () => ({ atMs: performance.now(), server: cpuMs(SERVER_PART), browser: cpuMs(PROGRAM_PART) });
  await sleep(SETTLED_MS, undefined, { signal });
  const from = now();
  await sleep(SHARE_MS, undefined, { signal });
  const to = now();
  const part = (who: "server" | "browser"): number => (to[who] - from[who]) / (to.atMs - from.atMs);
  shares.push({ server: part("server"), browser: part("browser") });
}

/** Runs the study to its end. @returns the time from the first trial's start to the last one's end, in ms */
async function run(isWatched: boolean): Promise<number> {
  progress(isWatched ? "with a page ..." : "without ...");
  const folder = mkdtempSync(join(tmpdir(), "belay-bench-"));
  writeFileSync(join(folder, "watched.ts"), STUDY);
  const counts = ["--trials", `${trials}`, "--workers", `${workers}`];
  const typed = ["launch", "watched.ts", ...counts, "--sampler", "random"];
  const page = ["--dashboard", "--dashboard-port", "0"];
  const child = spawn(process.execPath, [BELAY, ...typed, "--quiet", ...(isWatched ? page : [])], {
    ...{ cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  });
  const tab = await browser.newPage();
  const ended = new AbortController();
  if (isWatched) measureShares(ended.signal).catch(() => {}); // the run has ended
  let stderr = "";
  child.stderr!.on("data", (data) => {
    stderr += String(data);
    const link = /^dashboard: (http\S+)\n/m.exec(stderr)?.[1];
    if (link && tab.url() === "about:blank")
      tab
        .goto(link)
        .then(() => tab.getByRole("link", { name: "watched" }).first().click())
        .catch(() => {}); // the run has ended
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  ended.abort();
  if (code !== 0) refuse(`the run ended with exit code ${code}: ${stderr}`);
  if (isWatched && !tab.url().includes("/studies/watched")) refuse(`expected an open page, got ${tab.url()}`);
  await tab.close();
  const wallMs = trainedMs(folder);
  rmSync(folder, { recursive: true, force: true });
  return wallMs;
}

/** The time of a run by its own records: it begins with the first trial, so that starting up does not count. */
function trainedMs(folder: string): number {
  const rows = askBelay<readonly { readonly startedAt: string; readonly finishedAt: string }[]>([
    ...["query", "watched", "--db", join(folder, "belay.db")],
  ]);
  const first = Math.min(...rows.map(({ startedAt }) => Date.parse(startedAt)));
  return Math.max(...rows.map(({ finishedAt }) => Date.parse(finishedAt))) - first;
}

const [without, watched] = await inTurn(pairs, [() => run(false), () => run(true)]);
await browser.close();
progress("");
const percent = (who: "server" | "browser"): string =>
  shares.length === 0 ? "?" : `${(100 * median(shares.map((each) => each[who]))).toFixed(1)} %`;
const ratio = ratiosOf(watched!, without!);
print(
  json,
  { workers, trials, shares, withoutMs: median(without!), watchedMs: median(watched!), ratio, goal: GOAL },
  () =>
    [
      `${trials} trials of five splits on ${workers} of the slots: ${(median(without!) / 1_000).toFixed(2)} s without a page, ${(median(watched!) / 1_000).toFixed(2)} s with one`,
      `once the page is there, its server takes ${percent("server")} and the browser ${percent("browser")} of one processor`,
      `ratio ${spreadText(ratio, 4)} of ${pairs} pairs in turn, goal at most ${GOAL}. ${machineText()}`,
    ].join("\n"),
);
