import { expect, test } from "vitest";
import { belay, folder, until, write } from "../../support/belay.ts";
import { launchBowl } from "../../support/refused.ts";
import { serve } from "../served.ts";
import { launchWaiting } from "../waiting.ts";
import { describeInBrowser, open, soon } from "./browser.ts";

describeInBrowser("the overview of a study", () => {
  test("has the six lines of the summary, the best params, and its history drawn", async () => {
    const cwd = folder();
    launchBowl(cwd);
    const page = await open(await serve(cwd), "/studies/bowl");
    const lines = page.locator(".six-lines .line");
    await soon(() => lines.count()).toBe(6);
    const { stdout } = await belay(cwd, ["summary", "bowl", "--json"]);
    const summary = JSON.parse(stdout) as { readonly lines: readonly { readonly text: string }[] };
    // Other programs may take space on the disk meanwhile.
    const plain = (text: string): string =>
      text.replace(/\s+/g, " ").replace(/, [\d.]+ GB free on the disk/, "");
    const shown = (await lines.allInnerTexts()).map(plain);
    // The first line tells how long ago the study has ended.
    for (const [i, { text }] of summary.lines.entries())
      if (i > 1) expect(shown[i]).toContain(plain(text.replaceAll("`", "")));
    expect(shown[0]).toContain("finished");
    await page.getByRole("button", { name: /copy params/ }).waitFor();
    await page.locator("#importance").waitFor();
    const canvas = page.locator(".study-history canvas").first();
    await soon(() => canvas.evaluate(inkOf)).toBeGreaterThan(100);
    await page.locator(".line.is-best a").click();
    await page.getByRole("heading", { name: /^Trial \d+/ }).waitFor();
  });

  test("of a running study shows its slots, and follows the run to its end", async () => {
    const { cwd } = launchWaiting();
    const served = await serve(cwd);
    await until("the study", async () => (await served.get("/api/studies/waiting")).ok);
    const page = await open(served, "/studies/waiting");
    await soon(() => page.locator("#slots").innerText()).toMatch(/slot 0\s+#0 split 2 of 2/);
    write(cwd, { go: "" });
    await soon(() => page.locator("#slots").innerText()).toContain("Nobody runs this study");
    await soon(() => page.locator(".six-lines").innerText()).toContain("3 of 3 trials");
    await soon(() => page.locator(".head").innerText()).toContain("finished");
  });

  test("says that the coordinator has died, and what resume does", async () => {
    const { cwd, run } = launchWaiting();
    const served = await serve(cwd);
    await until("the study", async () => (await served.get("/api/studies/waiting")).ok);
    const page = await open(served, "/studies/waiting");
    await soon(() => page.locator("#slots").innerText()).toContain("#0");
    run.child.kill("SIGKILL");
    await soon(() => page.locator(".banners").innerText()).toMatch(/has died[\s\S]*belay resume waiting/);
    await soon(() => page.locator(".head").innerText()).toContain("interrupted");
  });
});

/** How many pixels of a canvas are drawn. */
function inkOf(element: unknown): number {
  const canvas = element as {
    readonly width: number;
    readonly height: number;
    getContext(kind: "2d"): {
      getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
    };
  };
  if (canvas.width === 0 || canvas.height === 0) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) ink++;
  return ink;
}
