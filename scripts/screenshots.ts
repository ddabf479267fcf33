// Draws the pictures of docs/dashboard.md anew, from a real run of studies/weather.ts:
//   npm run screenshots -- [--out docs/pictures]
// The run has tight limits, so that there are losses to show. BELAY_CHROMIUM names the browser.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { progress, readArguments } from "./bench/harness.ts";
import { launchChromium } from "./bench/report/chromium.ts";
import { BELAY } from "./run.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TRIALS = 150;

/** A picture: what the page shows, and how. */
interface Shot {
  readonly name: string;
  readonly path: string;
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** What is there once it is drawn. @default the heading */
  readonly shown?: string;
}

const RUNNING: readonly Shot[] = [{ name: "overview", path: "/studies/weather", height: 1180 }];
const OVER: readonly Shot[] = [
  { name: "studies", path: "/", height: 320 },
  { name: "plots", path: "/studies/weather/plots", dark: true, height: 1500 },
  { name: "plots-light", path: "/studies/weather/plots?where=model%20%3D%20ridge", height: 1500 },
  {
    name: "trials",
    path: "/studies/weather/trials?sort=value%3Adesc",
    height: 640,
    shown: ".trials tbody a",
  },
  { name: "trial", path: "/studies/weather/trials/20", dark: true, height: 1000 },
  { name: "phone", path: "/studies/weather", dark: true, width: 360, height: 760 },
];

const { out } = readArguments({ out: join(ROOT, "docs", "pictures") });
const home = mkdtempSync(join(tmpdir(), "belay-pictures-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

const start = (...args: readonly string[]) => {
  const child = spawn(process.execPath, [BELAY, ...args], { cwd: home, stdio: ["ignore", "pipe", "ignore"] });
  process.on("exit", () => child.kill());
  return child;
};

async function take(browser: Browser, link: string, shots: readonly Shot[]): Promise<void> {
  for (const { name, path, dark = false, width = 1280, height = 900, shown = "main :is(h1, h2)" } of shots) {
    const colorScheme = dark ? "dark" : "light";
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    await page.goto(new URL(path, link).href);
    await page.locator(shown).first().waitFor({ state: "attached" });
    await isDrawn(page);
    await page.screenshot({ path: join(out, `${name}.png`) });
    progress(`${name}.png`);
    await context.close();
  }
}

/** Waits until nothing is being read or computed any more, and the last drawing is on the screen. */
async function isDrawn(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    interface Element {
      readonly innerText: string;
      getBoundingClientRect(): { readonly top: number };
    }
    const { document, innerHeight } = globalThis as unknown as {
      document: { readonly body: Element; querySelectorAll(selector: string): Iterable<Element> };
      innerHeight: number;
    };
    if (/(Reading|Asking|Summing|Comparing)[^.]*…/.test(document.body.innerText)) return false;
    // A plot below the picture reads nothing.
    return [...document.querySelectorAll(".plot-loading")].every(
      (plot) => plot.getBoundingClientRect().top > innerHeight,
    );
  });
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const { requestAnimationFrame: next } = globalThis as unknown as {
          requestAnimationFrame(done: () => void): void;
        };
        next(() => next(() => resolve()));
      }),
  );
}

mkdirSync(out, { recursive: true });
const study = join(ROOT, "studies", "weather.ts");
const limits = ["--split-timeout", "40ms", "--breaker", "off"];
const run = start("launch", study, "--trials", `${TRIALS}`, "--workers", "2", "--seed", "7", ...limits);
const ended = new Promise((resolve) => run.once("exit", resolve));
const dashboard = start("dashboard", "--port", "0", "--json", "--control");
const line = await new Promise<string>((resolve) =>
  dashboard.stdout.once("data", (data: Buffer) => resolve(String(data))),
);
const { url } = JSON.parse(line) as { readonly url: string };
const browser = await launchChromium();
const { origin, hash } = new URL(url);
const token = hash.slice("#token=".length);
/** Waits until a quarter of the trials are over. */
for (let finished = 0; finished < TRIALS / 4; ) {
  const response = await fetch(`${origin}/api/studies`, { headers: { authorization: `Bearer ${token}` } });
  const studies = response.ok
    ? ((await response.json()) as readonly { trials: { complete: number; pruned: number } }[])
    : [];
  finished = studies[0] ? studies[0].trials.complete + studies[0].trials.pruned : 0;
  await new Promise((resolve) => setTimeout(resolve, 200));
}
await take(browser, url, RUNNING);
await ended;
await take(browser, url, OVER);
await browser.close();
dashboard.kill();
