import { dirname } from "node:path";
import { expect, test } from "vitest";
import { digits } from "../../report/fixture.ts";
import { belay, folder, write } from "../../support/belay.ts";
import { serve } from "../served.ts";
import { describeInBrowser, open, soon } from "./browser.ts";

async function digitsServed() {
  const { store } = await digits();
  return serve(dirname(store.location), ["--db", store.location]);
}

describeInBrowser("the table of trials", () => {
  test("is filtered in the words of the command line, and says what is wrong with a filter", async () => {
    const page = await open(await digitsServed(), "/studies/digits/trials", { mayFail: /400/ });
    const rows = page.locator(".trials tbody tr:not(.space)");
    await soon(() => rows.count()).toBe(6);
    await page.keyboard.press("/");
    await page.keyboard.type("value > 0.92");
    await soon(() => rows.allInnerTexts()).toEqual([
      expect.stringContaining("#1"),
      expect.stringContaining("#4"),
    ]);
    await soon(() => page.locator("#filter-says").innerText()).toBe("2 of 6 trials");
    await soon(() => page.locator("main").innerText()).toContain("belay query digits --where 'value > 0.92'");

    await page.reload();
    await soon(() => page.getByLabel("Filter").inputValue()).toBe("value > 0.92");
    await soon(() => rows.count()).toBe(2);
    await page.getByLabel("Filter").fill("value >");
    await soon(() => page.locator("#filter-says").innerText()).toContain("--where");
    expect(await rows.count()).toBe(2);
    await page.getByRole("button", { name: "Clear" }).click();
    await soon(() => rows.count()).toBe(6);
    expect(page.url()).not.toContain("where");
  });

  test("sorts by several columns, and shows those that were chosen; the address has it all", async () => {
    const page = await open(await digitsServed(), "/studies/digits/trials");
    const numbers = page.locator(".trials tbody tr:not(.space) td:first-child");
    await soon(() => numbers.count()).toBe(6);
    await page.getByRole("button", { name: "optimizer", exact: true }).click();
    await page
      .getByRole("button", { name: "value", exact: true })
      .first()
      .click({ modifiers: ["Shift"] });
    await page
      .getByRole("button", { name: /^value/ })
      .first()
      .click({ modifiers: ["Shift"] });
    await soon(() => new URL(page.url()).searchParams.get("sort")).toBe("optimizer,value:desc");
    await soon(() => numbers.allInnerTexts()).toEqual([
      expect.stringMatching(/#[04]/),
      ...Array.from({ length: 5 }, () => expect.any(String)),
    ]);
    const texts = await numbers.allInnerTexts();
    expect(texts.slice(4).sort()).toEqual(["#1", "#2"]);

    await page.locator("summary", { hasText: "Columns" }).click();
    await page.getByLabel("momentum").uncheck();
    await soon(() => page.getByRole("columnheader", { name: "momentum" }).count()).toBe(0);
    await page.reload();
    await soon(() => numbers.allInnerTexts()).toEqual(texts);
    expect(await page.getByRole("columnheader", { name: "momentum" }).count()).toBe(0);
  });

  test("shows what a brush of the plots has chosen, also after a reload, until the brush is cleared", async () => {
    const page = await open(
      await digitsServed(),
      "/studies/digits/trials?parallel.brush=learningRate~0.05~0.5",
    );
    const rows = page.locator(".trials tbody tr:not(.space)");
    const says = page.locator("#filter-says");
    await soon(() => says.innerText()).toMatch(/^3 of 6 trials in the filter and the brush/);
    await soon(() => rows.count()).toBe(3);
    await soon(async () => (await rows.allInnerTexts()).slice(0, 2)).toEqual([
      expect.stringContaining("#1"),
      expect.stringContaining("#2"),
    ]);
    expect(await page.locator("main").innerText()).toContain("`params.learningRate` >= 0.05");
    await page.reload();
    await soon(() => rows.count()).toBe(3);
    await page.getByRole("button", { name: "clear the brush" }).click();
    await soon(() => rows.count()).toBe(6);
    expect(page.url()).not.toContain("brush");
  });

  test("of 20,000 trials has only the rows that can be seen, and goes to any of them", async () => {
    const cwd = folder();
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i % 97},${i}`);
    write(cwd, { "big.csv": `units,loss\n${lines.join("\n")}\n` });
    const options = ["--name", "big", "--value-column", "loss", "--direction", "minimize"];
    const imported = await belay(cwd, ["import", "big.csv", ...options]);
    expect(imported.code, imported.stderr).toBe(0);
    const page = await open(await serve(cwd), "/studies/big/trials");
    const rows = page.locator(".trials tbody tr:not(.space)");
    await soon(() => rows.first().innerText()).toContain("#0");
    expect(await rows.count()).toBeLessThan(100);
    // A trial that is asked for before the page has read the numbers is gone to as soon as they are there.
    let letGo = (): void => {};
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route("**/columns?**", async (route) => {
      await released;
      await route.continue();
    });
    await page.reload();
    await soon(() => rows.first().innerText()).toContain("#0");
    await page.getByLabel("Go to trial").fill("15123");
    await page.keyboard.press("Enter");
    letGo();
    await page.getByRole("link", { name: "#15123" }).waitFor();
    expect(await rows.count()).toBeLessThan(100);
    await page.getByRole("link", { name: "#15123" }).click();
    await page.getByRole("heading", { name: /Trial 15123/ }).waitFor();
    await page.goBack();
    await page.locator(".trials tbody a").first().waitFor();
  });
});

describeInBrowser("the page of a trial", () => {
  test("shows its params, its splits, its attempts, its memory and how it ended", async () => {
    const page = await open(await digitsServed(), "/studies/digits/trials/2");
    await page.getByRole("heading", { name: /Trial 2/ }).waitFor();
    const text = await page.locator("main").innerText();
    expect(text).toContain("memory-limit");
    expect(text).toContain("12.05 GB");
    expect(text).toMatch(/optimizer\s+sgd/);
    expect(text).toContain("Attempts");
    expect(text).toContain("belay show digits 2");
    await page.getByRole("link", { name: "next", exact: true }).click();
    await page.getByRole("heading", { name: /Trial 3/ }).waitFor();
    await soon(() => page.locator("#error").innerText()).toContain("Error");
  });

  test("of a trial that does not exist says which there are", async () => {
    const page = await open(await digitsServed(), "/studies/digits/trials/99", { mayFail: /40[04]/ });
    await soon(() => page.locator("main").innerText()).toContain("expected 0 to 5, got 99");
  });
});
