import { dirname } from "node:path";
import { expect, test } from "vitest";
import { digits } from "../../report/fixture.ts";
import { belay, folder, write } from "../../support/belay.ts";
import { launchBowl, studyText } from "../../support/refused.ts";
import { serve } from "../served.ts";
import { blank, describeInBrowser, open, soon } from "./browser.ts";

describeInBrowser("the list of studies", () => {
  test("shows each study with its state, progress and best; it is searched, sorted, and leads to a comparison", async () => {
    const cwd = folder();
    write(cwd, { "bowl.ts": studyText() });
    for (const [name, trials] of [
      ["first", "4"],
      ["second", "9"],
    ] as const)
      await belay(cwd, ["launch", "bowl.ts", "--name", name, "--trials", trials, "--seed", "1", "--quiet"]);
    const page = await open(await serve(cwd));
    const rows = page.locator("tbody tr");
    await soon(() => rows.count()).toBe(2);
    const texts = await rows.allInnerTexts();
    expect(texts[0]).toMatch(/second[\s\S]*finished[\s\S]*9 of 9/);
    expect(texts[1]).toMatch(/first[\s\S]*finished[\s\S]*4 of 4/);

    await page.getByRole("button", { name: "Study" }).click();
    await soon(() => rows.first().innerText()).toContain("first");
    expect(page.url()).toContain("sort=study");
    await page.keyboard.press("/");
    await page.keyboard.type("sec");
    await soon(() => rows.count()).toBe(1);
    await page.reload();
    await soon(() => rows.allInnerTexts()).toEqual([expect.stringContaining("second")]);

    await page.getByRole("searchbox").fill("");
    await page.getByLabel("Compare first").check();
    await page.getByLabel("Compare second").check();
    await page.getByRole("button", { name: "Compare 2" }).click();
    await page
      .getByRole("rowheader", { name: "best after 10 trials" })
      .or(page.locator(".compared"))
      .first()
      .waitFor();
    expect(new URL(page.url()).search).toBe("?study=first&study=second");
    await soon(() => page.locator("main").innerText()).toMatch(/best of|equally good/i);
    await page.goBack();
    await soon(() => rows.count()).toBe(2);
  });

  test("says what to type while there is none, and shows a study as soon as it is there", async () => {
    const cwd = folder();
    const page = await open(await serve(cwd), "/", { mayFail: /503/ });
    await soon(() => page.locator("main").innerText()).toContain("belay new first");
    launchBowl(cwd);
    await soon(() => page.locator("main").innerText()).toContain("bowl");
  });
});

describeInBrowser("a session", () => {
  test("begins with the link, which then has no secret in the address, and lasts over a reload", async () => {
    const { store } = await digits();
    const served = await serve(dirname(store.location), ["--db", store.location]);
    const page = await open(served);
    expect(page.url()).toBe(`${served.origin}/`);
    await page.reload();
    await page.getByRole("link", { name: "digits" }).waitFor();
  });

  test("that does not exist is explained with what to type", async () => {
    const { store } = await digits();
    const served = await serve(dirname(store.location), ["--db", store.location]);
    const page = await blank({ mayFail: /401/ });
    await page.goto(`${served.origin}/studies/digits`);
    await soon(() => page.locator("main").innerText()).toContain("belay dashboard");
    await page.goto(`${served.origin}/#token=${"x".repeat(43)}`);
    await page.reload();
    await soon(() => page.locator("main").innerText()).toContain("belay dashboard");
    expect(await page.locator("main").innerText()).not.toContain("learningRate");
  });
});
