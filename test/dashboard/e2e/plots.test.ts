import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { belay, folder, start, until, write } from "../../support/belay.ts";
import { type Served, serve } from "../served.ts";
import { describeInBrowser, faultsByAxe, open, overhang, soon } from "./browser.ts";

/** The plots of real studies as a browser draws them. */

const HOSTILE = '<img src=x onerror=alert(1)> "quoted" & long '.repeat(6).trim();

/** Trials that wait for a file in their last split, so that a test decides when they end. */
const STUDY = `import { existsSync } from "node:fs";
import { categorical, defineStudy, float } from "belay";
export default defineStudy({
  name: "bowl",
  direction: "minimize",
  space: {
    rate: float(1e-4, 1, { log: true }),
    y: float(-1, 1),
    kind: categorical([${JSON.stringify(HOSTILE)}, "b"]),
    idle: float(0, 1),
  },
  splits: () => [0, 1, 2].map((k) => ({ train: [k], validation: [k + 1] })),
  async train({ params, splitIndex }) {
    while (splitIndex === 2 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 10));
    if (params.y > 0.5 && splitIndex === 2) throw new Error("too far");
    return Math.log10(params.rate) ** 2 + params.y ** 2 + 0.1 * splitIndex;
  },
});
`;

const FRONT = `import { defineStudy, float } from "belay";
export default defineStudy({
  name: "front",
  directions: ["minimize", "maximize"],
  space: { x: float(0, 1) },
  splits: () => [{ train: [0], validation: [1] }],
  train: async ({ params }) => [params.x, params.x ** 2 - 0.1 * Math.sin(40 * params.x)],
});
`;

/** The folder of a study that has run, the one of three splits until its memory has been recorded. */
async function ranStudy(name: "bowl" | "front", trials: number): Promise<string> {
  const cwd = folder();
  write(cwd, { "study.ts": name === "bowl" ? STUDY : FRONT });
  const options = ["--quiet", "--sampler", "random", "--seed", "1", "--split-order", "given"];
  const run = start(cwd, ["launch", "study.ts", "--trials", `${trials}`, ...options]);
  if (name === "bowl")
    await until("memory", async () => {
      const { stdout } = await belay(cwd, ["sql", "SELECT count(*) AS n FROM slot_memory", "--json"]);
      return stdout !== "" && (JSON.parse(stdout) as [{ n: number }])[0].n > 0;
    });
  write(cwd, { go: "" });
  await run.finished;
  expect(run.output().stdout, run.output().stderr).toContain("finished");
  return cwd;
}

/** A dashboard with a study that has run. */
async function servedStudy(name: "bowl" | "front", trials: number): Promise<Served> {
  return serve(await ranStudy(name, trials));
}

const figure = (page: Page, title: string): Locator =>
  page.locator("figure", { has: page.getByRole("heading", { name: title, exact: true }) });

const sentence = (page: Page, title: string): Locator => figure(page, title).locator(".plot-summary");

/** How many trials have a point in the history. */
async function trialsInHistory(page: Page): Promise<number> {
  const text = await sentence(page, "History").innerText({ timeout: 60_000 });
  return Number(/of (\d+) trial/.exec(text)![1]);
}

/** The parts of a canvas that tests look at. */
interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly dataset: { readonly draws?: string };
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}

/** How many pixels of a plot have a colour. A plot is drawn when it comes into the window. */
async function expectInk(page: Page, title: string, least: number): Promise<void> {
  const own = figure(page, title);
  const canvas = own.locator("canvas");
  const count = (element: unknown): number => {
    const { width, height, dataset } = element as Drawn;
    if (dataset.draws === undefined) return 0;
    const { data } = (element as Drawn).getContext("2d").getImageData(0, 0, width, height);
    let ink = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) ink++;
    return ink;
  };
  await soon(async () => {
    // Plots above that have just been drawn may have pushed it out of the window again.
    await own.scrollIntoViewIfNeeded();
    return (await canvas.count()) === 0 ? 0 : canvas.evaluate(count);
  }).toBeGreaterThan(least);
}

describeInBrowser("the plots of a study", () => {
  test("are all drawn, each with a sentence, a table, an SVG and a PNG, and no choice becomes markup", async () => {
    const served = await servedStudy("bowl", 40);
    const shown = (): Promise<Page> => open(served, "/studies/bowl/plots", { bypassCSP: true });
    let page = await shown();
    const drawn: Readonly<Record<string, RegExp>> = {
      History: /^The best value of \d+ trials is [\d.e-]+, found by trial \d+; it got better \d+ times?\.$/,
      "Importance of params": /matters most|sets/,
      "Value by param": /^The value of \d+ trials against each of 4 params\./,
      "Parallel coordinates": /^\d+ trials with a value\./,
      "Rank by two params": /^\d+ trials with a value, by two params\./,
      "Distribution of values": /^Half of the trials are at least as good/,
      "Where trials are lost": /^\d+ trials? of 40 lost\./,
      "Memory over time": /leak/,
      Timeline: /^40 attempts in 1 slot over/,
      "Values by split": /^40 trials with a first split, \d+ with the last/,
      "A trial beside the incumbent": /trial \d+/,
    };
    for (const [i, [title, words]] of Object.entries(drawn).entries()) {
      // A page may save ten files without asking.
      if (i % 5 === 4) page = await shown();
      await expectInk(page, title, 500);
      await soon(() => sentence(page, title).innerText()).toMatch(words);
      await figure(page, title).getByRole("button", { name: "Table" }).click();
      await figure(page, title).getByRole("table").waitFor();
      for (const [kind, beginning] of [
        ["SVG", "<svg xmlns"],
        ["PNG", "\u0089PNG"],
      ] as const) {
        const coming = page.waitForEvent("download");
        await figure(page, title).getByRole("button", { name: kind }).click();
        const file = readFileSync(await (await coming).path(), "latin1");
        expect(file.slice(0, beginning.length), `${title}: ${kind}`).toBe(beginning);
        expect(file).not.toContain("<img");
      }
    }
    expect(await page.locator("img").count()).toBe(0);
    expect(await faultsByAxe(page)).toEqual([]);
  });

  test("open the trial that is pointed at, by keys and by the mouse", async () => {
    const served = await servedStudy("bowl", 12);
    const page = await open(served, "/studies/bowl/plots");
    await expectInk(page, "History", 500);
    await figure(page, "History").locator("canvas").focus();
    await page.keyboard.press("ArrowRight");
    const said = figure(page, "History").locator(".plot-said");
    await soon(() => said.innerText()).toMatch(/^trial \d+, value/);
    const number = /^trial (\d+)/.exec(await said.innerText())![1];
    const mark = (await figure(page, "History").locator(".plot-pointed").boundingBox())!;
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: new RegExp(`^Trial ${number}\\b`) }).waitFor();
    await page.goBack();
    await expectInk(page, "History", 500);
    await page.mouse.click(mark.x + mark.width / 2, mark.y + mark.height / 2);
    await page.getByRole("heading", { name: new RegExp(`^Trial ${number}\\b`) }).waitFor();
  });

  test("all follow a range that is dragged on an axis, also after a reload, until it is taken back", async () => {
    const page = await open(await servedStudy("bowl", 30), "/studies/bowl/plots", { height: 2_400 });
    await expectInk(page, "Parallel coordinates", 500);
    const trials = (): Promise<number> => trialsInHistory(page);
    await expectInk(page, "History", 500);
    const all = await trials();
    const axes = (await figure(page, "Parallel coordinates").locator("canvas").boundingBox())!;
    // The last axis is that of the value, whose lower part has the better trials.
    const x = axes.x + axes.width - 48;
    await page.mouse.move(x, axes.y + axes.height * 0.7);
    await page.mouse.down();
    await page.mouse.move(x, axes.y + axes.height * 0.8, { steps: 4 });
    await page.mouse.move(x, axes.y + axes.height - 10, { steps: 4 });
    await page.mouse.up();
    await soon(trials).toBeLessThan(all);
    const chosen = await trials();
    expect(chosen).toBeGreaterThan(0);
    expect(page.url()).toContain("parallel.brush=");
    await page.reload();
    await soon(trials).toBe(chosen);
    await page.getByRole("button", { name: "clear the brush" }).click();
    await soon(trials).toBe(all);
    expect(page.url()).not.toContain("parallel.brush=");
  });

  test("leave out a trial that is invalid, and have it again once it counts", async () => {
    const cwd = await ranStudy("bowl", 12);
    const page = await open(await serve(cwd), "/studies/bowl/plots");
    await expectInk(page, "History", 200);
    const all = await trialsInHistory(page);
    const best = /found by trial (\d+)/.exec(await sentence(page, "History").innerText())![1]!;
    expect((await belay(cwd, ["invalidate", "bowl", best])).code).toBe(0);
    await soon(() => trialsInHistory(page)).toBe(all - 1);
    expect(await sentence(page, "History").innerText()).not.toContain(`found by trial ${best};`);
    expect((await belay(cwd, ["invalidate", "bowl", best, "--undo"])).code).toBe(0);
    await soon(() => trialsInHistory(page)).toBe(all);
  });

  test("of several directions have a front and its growth, on a small dark screen too", async () => {
    const page = await open(await servedStudy("front", 20), "/studies/front/plots", {
      ...{ width: 360, colorScheme: "dark", bypassCSP: true },
    });
    for (const title of ["Pareto front", "Growth of the hypervolume"]) await expectInk(page, title, 300);
    expect(await sentence(page, "Pareto front").innerText()).toMatch(/^\d+ trials? of 20 beaten by no other/);
    expect(await overhang(page)).toBe(0);
    expect(await faultsByAxe(page)).toEqual([]);
  });
});
