import { expect, test } from "vitest";
import { folder, trials, until } from "../../support/belay.ts";
import { launchBowl } from "../../support/refused.ts";
import { serve } from "../served.ts";
import { launchWaiting } from "../waiting.ts";
import { describeInBrowser, open, soon } from "./browser.ts";

describeInBrowser("orders from the page", () => {
  test("of a running study shows its slots; a kill from the page ends the trial, and is in the list of commands", async () => {
    const { cwd } = launchWaiting();
    const served = await serve(cwd, ["--control"]);
    await until("the study", async () => (await served.get("/api/studies/waiting")).ok);
    const page = await open(served, "/studies/waiting");
    const slots = page.locator("#slots");
    await soon(() => slots.innerText()).toMatch(/slot 0\s+#0 split 2 of 2/);
    await page.getByRole("button", { name: "Kill trial 0" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.innerText()).toContain("fails as stopped");
    expect(await dialog.innerText()).toContain("belay kill waiting 0");
    await dialog.getByRole("button", { name: "Kill", exact: true }).click();
    await soon(() => dialog.count()).toBe(0);
    await soon(() => slots.innerText()).toContain("#1");
    expect((await trials(cwd, "waiting"))[0]).toMatchObject({ state: "fail", reason: "stopped" });
    await soon(() => page.locator("#audit").innerText()).toContain("kill");
    await page.reload();
    await soon(() => slots.innerText()).toContain("#1");
  });

  test("can be paused and resumed, and without --control tells what to type", async () => {
    const { cwd } = launchWaiting();
    const acting = await serve(cwd, ["--control"]);
    await until("the study", async () => (await acting.get("/api/studies/waiting")).ok);
    const page = await open(acting, "/studies/waiting");
    await page.getByRole("button", { name: "Pause …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await soon(() => page.locator("#slots").innerText()).toContain("Paused");
    await page.getByRole("button", { name: "Resume …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause …" }).waitFor();

    const reading = await open(await serve(cwd), "/studies/waiting");
    await reading.getByRole("button", { name: "Stop …" }).click();
    const dialog = reading.getByRole("dialog");
    expect(await dialog.innerText()).toContain("belay stop waiting");
    expect(await dialog.innerText()).toContain("belay dashboard --control");
    expect(await dialog.getByRole("button", { name: "Stop" }).count()).toBe(0);
  });

  test("enqueue params that stand in a form, and say in words what is wrong with them", async () => {
    const cwd = folder();
    launchBowl(cwd);
    const page = await open(await serve(cwd, ["--control"]), "/studies/bowl", { mayFail: /400/ });
    await page.getByRole("button", { name: "Enqueue …" }).click();
    const dialog = page.getByRole("dialog");
    const field = dialog.getByRole("textbox").first();
    expect(Number(await field.inputValue())).not.toBeNaN();
    await field.fill("a lot");
    await dialog.getByRole("button", { name: "Enqueue" }).click();
    await soon(() => dialog.getByRole("alert").innerText()).toMatch(/expected .*got/);
    await field.fill("0.5");
    expect(await dialog.innerText()).toMatch(/belay enqueue bowl '\{"\w+":0.5/);
    await dialog.getByText("one trial more in all").click();
    await dialog.getByRole("button", { name: "Enqueue" }).click();
    await soon(() => dialog.count()).toBe(0);
    await soon(() => page.locator(".said").innerText()).toContain("trial");
    const all = await trials(cwd, "bowl");
    expect(all.at(-1)).toMatchObject({ state: "waiting", proposer: "enqueued" });
  });

  test("invalidate a trial with a reason, and count it again", async () => {
    const cwd = folder();
    launchBowl(cwd);
    const page = await open(await serve(cwd, ["--control"]), "/studies/bowl/trials/0");
    await page.getByRole("button", { name: "Invalidate …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Why").fill("the data were wrong");
    expect(await dialog.innerText()).toContain("belay invalidate bowl 0 --reason 'the data were wrong'");
    await dialog.getByRole("button", { name: "Invalidate" }).click();
    await soon(() => page.locator(".facts").innerText()).toMatch(
      /counts for nothing[\s\S]*the data were wrong/,
    );
    await page.getByRole("button", { name: "Count it again …" }).click();
    await dialog.getByRole("button", { name: "Count it again" }).click();
    await soon(() => page.locator(".facts").innerText()).not.toContain("counts for nothing");
    await page.getByRole("button", { name: "Invalidate …" }).waitFor();
  });
});
