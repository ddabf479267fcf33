import { dirname } from "node:path";
import { expect, test } from "vitest";
import { digits } from "../../report/fixture.ts";
import { type Served, serve } from "../served.ts";
import { describeInBrowser, drawn, faultsByAxe, open, overhang, soon } from "./browser.ts";

const VIEWS = [
  "/",
  "/studies/digits",
  "/studies/digits/plots",
  "/studies/digits/trials",
  "/studies/digits/trials/2",
  "/compare",
  "/nothing",
] as const;

async function digitsServed(): Promise<Served> {
  const { store } = await digits();
  return serve(dirname(store.location), ["--db", store.location]);
}

describeInBrowser("every view", () => {
  test.each(["light", "dark"] as const)(
    "has no fault that axe can find, in %s colours",
    async (colorScheme) => {
      const served = await digitsServed();
      const page = await open(served, "/", { colorScheme, bypassCSP: true });
      for (const view of VIEWS) {
        await page.goto(`${served.origin}${view}`);
        await drawn(page);
        expect(await faultsByAxe(page), view).toEqual([]);
      }
      await page.goto(`${served.origin}/studies/digits`);
      await page.getByRole("button", { name: "Enqueue …" }).click();
      expect(await faultsByAxe(page), "a dialog").toEqual([]);
    },
  );

  test.each([320, 3840])("fits into a window of %i pixels", async (width) => {
    const served = await digitsServed();
    const page = await open(served, "/", { width });
    for (const view of VIEWS) {
      await page.goto(`${served.origin}${view}`);
      await drawn(page);
      expect(await overhang(page), view).toBe(0);
    }
  });
});

describeInBrowser("by keys alone", () => {
  test("people go to the content, through rows, into a trial, to the filter and to the list of keys", async () => {
    const served = await digitsServed();
    const page = await open(served, "/studies/digits/trials");
    await page.getByRole("link", { name: "#0" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await soon(() => page.locator("main:focus").count()).toBe(1);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("j");
    await soon(() => page.locator("a:focus").innerText()).toBe("#1");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /Trial 1/ }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "#0" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await soon(() => page.getByRole("dialog").count()).toBe(0);
    await page.keyboard.press("/");
    await soon(() => page.locator("#filter:focus").count()).toBe(1);
  });

  test("the colours that were chosen stay after a reload", async () => {
    const page = await open(await digitsServed(), "/", { colorScheme: "light" });
    const shown = (): Promise<string | null> => page.locator("html").getAttribute("data-theme");
    expect(await shown()).toBe("light");
    await page.getByRole("button", { name: /^Colours/ }).click();
    await page.getByRole("button", { name: /^Colours: light/ }).click();
    expect(await shown()).toBe("dark");
    await page.reload();
    expect(await shown()).toBe("dark");
  });
});
