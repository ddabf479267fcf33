import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, describe, expect, onTestFinished } from "vitest";
import { CHROMIUM, launchChromium } from "../../../scripts/bench/report/chromium.ts";
import type { Served } from "../served.ts";

/** Opens the pages of a dashboard in a real browser, as people do. */

/** How a browser is set. */
export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  /** Lets a test run a script of its own in the page, which the page's policy forbids. @default false */
  readonly bypassCSP?: boolean;
  /** Faults of the page that the test brings about, such as a request to a server that it has ended. @default none */
  readonly mayFail?: RegExp;
}

let browser: Promise<Browser> | undefined;

/** Tests in a browser. Without Chromium they are left out, and the standard error says so. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (CHROMIUM === null)
    process.stderr.write(
      `LEFT OUT for want of Chromium: "${name}". scripts/debian-packages.sh installs it; BELAY_CHROMIUM names another one.\n`,
    );
  describe.skipIf(CHROMIUM === null)(name, () => {
    afterAll(async () => {
      await (await browser)?.close();
      browser = undefined;
    });
    tests();
  });
}

/** Opens a dashboard by its link, and then the view of a path. A fault in the page fails the test. @param path - @default / */
export async function open(served: Served, path = "/", look: Look = {}): Promise<Page> {
  const page = await blank(look);
  await page.goto(`${served.origin}/#token=${served.token}`);
  await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
  if (path !== "/") await page.goto(`${served.origin}${path}`);
  return page;
}

/** Expects something of what is read, as soon as it holds; a minute only guards against waiting for ever. */
export function soon<T>(read: () => T | Promise<T>) {
  return expect.poll(read, { timeout: 60_000 });
}

/** Waits until a view shows what it has to show. */
export async function drawn(page: Page): Promise<void> {
  await page.locator("main :is(h1, h2)").first().waitFor({ state: "attached" });
  await soon(() => page.locator("main").innerText()).not.toMatch(/(Reading|Asking|Summing|Comparing).*…/);
}

/** A tab that has opened nothing yet. */
export async function blank({ width = 1280, height = 900, mayFail, ...look }: Look = {}): Promise<Page> {
  browser ??= launchChromium();
  const context = await (await browser).newContext({ viewport: { width, height }, ...look });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error.stack ?? error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !mayFail?.test(message.text())) faults.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });
  return page;
}

const axe = (): string => readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with a page, a line for each rule. The page needs `bypassCSP`. */
export async function faultsByAxe(page: Page): Promise<string[]> {
  await page.evaluate(axe());
  return page.evaluate(async () => {
    interface Finding {
      readonly id: string;
      readonly nodes: readonly { readonly html: string }[];
    }
    const { axe: tool, document } = globalThis as unknown as {
      axe: { run(root: unknown, options: object): Promise<{ readonly violations: readonly Finding[] }> };
      document: unknown;
    };
    const { violations } = await tool.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
  });
}

/** How many pixels a page is wider than its window. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { documentElement: { readonly scrollWidth: number; readonly clientWidth: number } };
    };
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  });
}
