// Measures how long the page of a large study takes from a filter to the redrawn plot, plot by plot, in Chromium:
//   npm run bench:plots -- [--trials 100000] [--params 20] [--pairs 5] [--db FILE] [--json]
// --db keeps the database, or uses one that is kept. BELAY_CHROMIUM names the browser.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CDPSession, Page } from "playwright-core";
import { BELAY } from "../../run.ts";
import { machineText, print, progress, readArguments, refuse, table } from "../harness.ts";
import { median } from "../statistics.ts";
import { launchChromium } from "./chromium.ts";
import { makeLarge } from "./large.ts";

/** A plot that takes longer is taken for broken. */
const LONGEST_MS = 60_000;
/** The plots that follow the filter, by their names in the page. */
const PLOTS = [
  ...["history", "slices", "parallel", "rank-map", "edf", "kills-map", "timeline", "splits"],
] as const;

/** The views, and what of each is there when a person can act on it. */
const VIEWS = [
  ["overview", "", ".study-history canvas[data-draws]"],
  ["trials", "/trials", ".trials tbody tr:not(.space) a"],
  ["plots", "/plots", "#history canvas[data-draws]"],
] as const;
/** After so long the server has made all that a view asks for. */
const SETTLED_MS = 5_000;

const options = readArguments({ trials: 100_000, params: 20, pairs: 5, db: null });
const home = mkdtempSync(join(tmpdir(), "belay-bench-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
const db = options.db ?? join(home, "large.db");
if (!existsSync(db)) {
  progress(`making a study of ${options.trials} trials ...`);
  await makeLarge(db, options.trials, "large", 1, options.params);
}

/** Starts the dashboard. */
async function serve() {
  const child = spawn(process.execPath, [BELAY, "dashboard", "--port", "0", "--json", "--db", db], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.on("exit", () => child.kill());
  const line = await new Promise<string>((resolve) =>
    child.stdout.once("data", (data) => resolve(String(data))),
  );
  return JSON.parse(line) as { readonly url: string };
}

/** The time of the page's own thread and its heap; other programs do not count, however busy the machine is. */
async function usage(session: CDPSession) {
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { cpuMs: of("TaskDuration") * 1_000, heapBytes: of("JSHeapUsedSize") };
}

/** Runs in the page. */
function isThere(selector: string): boolean {
  const { document } = globalThis as unknown as { document: { querySelector(text: string): unknown } };
  return document.querySelector(selector) !== null;
}

const drawsOf = (page: Page, name: string): Promise<string> =>
  page
    .locator(`#${name} canvas`)
    .evaluate((canvas) => (canvas as unknown as { dataset: { draws?: string } }).dataset.draws ?? "");

async function redrawn(page: Page, name: string, before: string): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  while ((await drawsOf(page, name)) === before) {
    if (performance.now() > deadline) refuse(`${name}: expected it to be drawn within a minute`);
    await page.waitForTimeout(5);
  }
}

/** Types a filter without going to its field, which would scroll the plot out of the window. */
async function typeFilter(page: Page, text: string): Promise<void> {
  await page.locator("#filter").evaluate((element, typed) => {
    const field = element as unknown as { value: string; dispatchEvent(event: Event): void };
    field.value = typed;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, text);
}

/** From a filter to the redrawn plot, of which only those in the window are drawn. */
async function measure(page: Page, session: CDPSession, name: string) {
  await page.locator(`#${name}`).scrollIntoViewIfNeeded();
  await page.locator(`#${name} canvas`).waitFor();
  await redrawn(page, name, "");
  const cpuMs: number[] = [];
  const wallMs: number[] = [];
  for (let k = 0; k < options.pairs; k++) {
    const before = await drawsOf(page, name);
    const used = await usage(session);
    const began = performance.now();
    // Both filters select many trials, and each time others.
    await typeFilter(page, `units > ${40 + k}`);
    await redrawn(page, name, before);
    wallMs.push(performance.now() - began);
    await page.waitForTimeout(300);
    cpuMs.push((await usage(session)).cpuMs - used.cpuMs);
  }
  return { plot: name, wallMs: median(wallMs), cpuMs: median(cpuMs) };
}

const { url } = await serve();
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1280, height: 700 } });
const session = await page.context().newCDPSession(page);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
await page.goto(url);
await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
const opened: { readonly view: string; readonly firstMs: number; readonly againMs: number }[] = [];
for (const [view, path, shown] of VIEWS) {
  progress(`${view} ...`);
  const open = async (): Promise<number> => {
    const began = performance.now();
    await page.goto(new URL(`/studies/large${path}`, url).href, { waitUntil: "commit" });
    await page.waitForFunction(isThere, shown, { polling: "raf" });
    return performance.now() - began;
  };
  const firstMs = await open();
  await page.waitForTimeout(SETTLED_MS);
  const againMs: number[] = [];
  for (let k = 0; k < options.pairs; k++) againMs.push(await open());
  opened.push({ view, firstMs, againMs: median(againMs) });
}
const figures: Awaited<ReturnType<typeof measure>>[] = [];
for (const name of PLOTS) {
  progress(`${name} ...`);
  figures.push(await measure(page, session, name));
}
progress("");
const { heapBytes } = await usage(session);
await browser.close();
print(options.json, { opened, heapBytes, figures }, () => {
  const rows = figures.map(({ plot, wallMs, cpuMs }) => [plot, wallMs.toFixed(0), cpuMs.toFixed(0)]);
  return [
    table(
      ["view", "first ms", "again ms"],
      opened.map(({ view, firstMs, againMs }) => [view, firstMs.toFixed(0), againMs.toFixed(0)]),
    ),
    "Until a person can act on it: right after the server has started, and later.",
    table(["plot", "wall ms", "CPU ms"], rows),
    `From the last letter of a filter, after which the page waits 60 ms, to the redrawn plot: medians of ${options.pairs}; heap ${(heapBytes / 1e6).toFixed(0)} MB. ${machineText()}`,
  ].join("\n\n");
});
process.exit(0);
