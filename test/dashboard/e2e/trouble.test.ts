import { dirname } from "node:path";
import { expect, test } from "vitest";
import { digits } from "../../report/fixture.ts";
import { belay, folder, start, write } from "../../support/belay.ts";
import { serve } from "../served.ts";
import { describeInBrowser, drawn, open, soon } from "./browser.ts";

const HOSTILE = '<img src=x onerror="document.title=1"> </script><script>document.title=2</script>';

describeInBrowser("trouble", () => {
  test("the server dies and comes back: the page says so, shows what it has, and goes on by itself", async () => {
    const { store } = await digits();
    const cwd = dirname(store.location);
    const secret = { BELAY_DASHBOARD_TOKEN: "a-token-of-a-test-that-is-long-enough-0123456789" };
    const first = await serve(cwd, ["--db", store.location], secret);
    const page = await open(first, "/studies/digits/trials", { mayFail: /ERR_|Failed to load/ });
    await page.getByRole("link", { name: "#5" }).waitFor();
    first.running.child.kill("SIGKILL");
    await soon(() => page.locator(".banners").innerText()).toMatch(/does not answer[\s\S]*belay dashboard/);
    expect(await page.getByRole("link", { name: "#5" }).count()).toBe(1);
    start(cwd, ["dashboard", "--db", store.location, "--port", `${first.port}`], secret);
    await soon(() => page.locator(".banners").innerText()).not.toContain("does not answer");
    await soon(() => page.locator(".tools").innerText()).toContain("live");
  });

  test("a study that does not exist is said, with a way to those that do", async () => {
    const { store } = await digits();
    const served = await serve(dirname(store.location), ["--db", store.location]);
    const page = await open(served, "/studies/nobody", { mayFail: /404/ });
    await soon(() => page.locator(".banners").innerText()).toContain("nobody");
    await page.getByRole("link", { name: "All studies" }).click();
    await page.getByRole("link", { name: "digits" }).waitFor();
  });

  test("hostile names of params, choices and errors are text, and run nothing", async () => {
    const cwd = folder();
    const study = `import { categorical, defineStudy } from "belay";
export default defineStudy({
  name: "hostile",
  direction: "minimize",
  space: { choice: categorical([${JSON.stringify(HOSTILE)}]) },
  train: () => { throw new Error(${JSON.stringify(HOSTILE)}); },
});
`;
    write(cwd, { "hostile.ts": study });
    await belay(cwd, ["launch", "hostile.ts", "--trials", "2", "--quiet"]);
    const served = await serve(cwd);
    const page = await open(served, "/");
    for (const path of ["", "/plots", "/trials", "/trials/0"]) {
      await page.goto(`${served.origin}/studies/hostile${path}`);
      await drawn(page);
      expect(await page.title()).toContain("hostile");
      expect(await page.locator("img").count()).toBe(0);
    }
    await soon(() => page.locator("#error").innerText()).toContain(HOSTILE);
  });

  test("a study all of whose trials failed, and one without a finished trial, have all views", async () => {
    const cwd = folder();
    const failing = `import { defineStudy, float } from "belay";
export default defineStudy({ name: "failing", direction: "minimize", space: { x: float(0, 1) }, train: () => { throw new Error("no"); } });
`;
    write(cwd, { "failing.ts": failing });
    await belay(cwd, ["launch", "failing.ts", "--trials", "3", "--quiet"]);
    const served = await serve(cwd);
    const page = await open(served, "/", { mayFail: /4\d\d/ });
    for (const path of ["", "/plots", "/trials"]) {
      await page.goto(`${served.origin}/studies/failing${path}`);
      await drawn(page);
    }
    await page.goto(`${served.origin}/studies/failing`);
    await soon(() => page.locator("#best").innerText()).toContain("No trial is complete yet");
  });
});
