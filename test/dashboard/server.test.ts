import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { StudyCardJson, StudyHeadJson, TrialsJson } from "../../src/report/page/page.ts";
import type { TrialDetailJson } from "../../src/report/show.ts";
import { digits } from "../report/fixture.ts";
import { belay, folder, start, until } from "../support/belay.ts";
import { launchBowl } from "../support/refused.ts";
import { serve } from "./served.ts";

/** `belay dashboard`: what its server answers, and how it begins and ends. */

/** A dashboard of the study `digits`, whose sixth trial runs. */
async function digitsServed() {
  const { store, owned } = await digits();
  const cwd = dirname(store.location);
  return { owned, cwd, served: await serve(cwd, ["--db", store.location]) };
}

describe("the data of a page", () => {
  test("the studies and the head of one are those of list and show", async () => {
    const { served, cwd } = await digitsServed();
    const [card] = await served.json<StudyCardJson[]>("/api/studies");
    const [listed] = JSON.parse((await belay(cwd, ["list", "--json"])).stdout);
    expect(card).toMatchObject(listed);
    const head = await served.json<StudyHeadJson>("/api/studies/digits");
    expect(head).toMatchObject({ study: "digits", directions: ["maximize"], trials: listed.trials });
    expect(head.params.map(({ name }) => name)).toEqual([
      ...["learningRate", "optimizer", "momentum", "value", "batchNorm"],
    ]);
    expect(head.params[2]!.when).toEqual([{ param: "optimizer", values: ["sgd"] }]);
    expect(head.columns.map(({ name }) => name)).toContain("param.momentum");
  });

  test("columns are the trials, and later only what has changed", async () => {
    const { served, owned } = await digitsServed();
    const names = "state,value.0,violation,peakBytes,param.optimizer,param.momentum,split.0,reason";
    const path = `/api/studies/digits/columns?names=${names}`;
    const first = await served.frame(path);
    const cells = (name: string, frame = first) => [...frame.columns.get(name)!.cells];
    const words = (name: string, frame = first) =>
      cells(name, frame).map((cell) => frame.columns.get(name)!.head.words![cell] ?? null);
    expect(first.head).toMatchObject({ rows: 6, whole: true });
    expect(words("state")).toEqual(["complete", "complete", "pruned", "fail", "complete", "running"]);
    expect(words("reason")).toEqual([null, null, "memory-limit", "error", null, null]);
    expect(cells("value.0")).toEqual([0.9, 0.95, Number.NaN, Number.NaN, 0.99, Number.NaN]);
    expect(cells("violation").slice(3)).toEqual([Number.NaN, 1, Number.NaN]);
    expect(cells("peakBytes")[2]).toBe(12.05e9);
    expect(words("param.optimizer")).toEqual(['"adam"', '"sgd"', '"sgd"', '"adam"', '"adam"', '"adam"']);
    expect(cells("param.momentum").slice(0, 2)).toEqual([Number.NaN, 0.5]);
    expect(cells("split.0").slice(0, 2)).toEqual([Math.fround(0.8), Math.fround(0.8)]);

    const { headers } = await served.get(path);
    const etag = headers.get("etag")!;
    expect((await served.get(path, { headers: { "if-none-match": etag } })).status).toBe(304);
    const none = await served.frame(`${path}&since=${first.head.version}`);
    expect(none.head).toMatchObject({ rows: 0, whole: false, version: first.head.version });
    await owned.startTrial({
      number: 6,
      params: { learningRate: 0.5, optimizer: "adam", value: 1, batchNorm: true },
    });
    const next = await until("the new trial", async () => {
      const frame = await served.frame(`${path}&since=${first.head.version}`);
      return frame.head.rows > 0 && frame;
    });
    expect(next.head.whole).toBe(false);
    expect(next.head.version).toBeGreaterThan(first.head.version);
    expect(cells("number", next)).toEqual([6]);
    expect(words("state", next)).toEqual(["running"]);
  });

  test("a filter selects what query selects, and pages are in the order of sort", async () => {
    const { served } = await digitsServed();
    expect(await served.matches("digits", "value > 0.9 and optimizer = sgd")).toEqual([1]);
    expect(await served.matches("digits", "")).toEqual([0, 1, 2, 3, 4, 5]);
    const query = new URLSearchParams({
      where: "state = complete",
      sort: "value:desc",
      limit: "2",
      offset: "1",
    });
    const page = await served.json<TrialsJson>(`/api/studies/digits/trials?${query}`);
    expect(page).toMatchObject({ count: 3, offset: 1 });
    expect(page.trials.map(({ number }) => number)).toEqual([0, 4]);
    // What the columns do not have is asked of the database.
    expect(await served.matches("digits", "error = 'a \"bad\", day\nindeed' or proposer = gp")).toEqual([
      1, 3,
    ]);
    const by = await served.json<TrialsJson>("/api/studies/digits/trials?sort=error&limit=1");
    expect(by.trials.map(({ number }) => number)).toEqual([3]);
    const trial = await served.json<TrialDetailJson>("/api/studies/digits/trials/2");
    expect(trial).toMatchObject({ number: 2, reason: "memory-limit", attemptList: [{ attempt: 1 }] });
  });

  test.each([
    ["/api/studies/digist", 404, 'study: expected a name that exists, got "digist"; did you mean "digits"?'],
    ["/api/studies/digits/trials/99", 404, "trial: expected 0 to 5, got 99"],
    ["/api/studies/digits/trials?where=valeu>1", 400, "did you mean value?"],
    ["/api/studies/digits/trials?sort=valeu", 400, "--sort: expected a column"],
    ["/api/studies/digits/trials?limit=-1", 400, "--limit: expected a whole number"],
    ["/api/studies/digits/columns?names=valeu", 404, "column: expected one that the head"],
    ["/api/studies/digits/columns", 400, "--names: expected names of columns"],
    ["/api/nothing", 404, "/api/nothing: the dashboard has nothing there"],
  ])("%s is refused in one line", async (path, status, says) => {
    const { served } = await digitsServed();
    const response = await served.get(path);
    const { error } = (await response.json()) as { readonly error: string };
    expect(error).toContain(says);
    expect(error).not.toContain("\n");
    expect(response.status).toBe(status);
  });
});

describe("the way in", () => {
  test("is the token, which a browser changes for a cookie", async () => {
    const { served } = await digitsServed();
    const { origin, token, port } = served;
    expect((await fetch(`${origin}/api/page`)).status).toBe(401);
    expect((await fetch(`${origin}/health`)).status).toBe(200);
    const session = (given: string) =>
      fetch(`${origin}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin },
        body: JSON.stringify({ token: given }),
      });
    expect((await session(`${token.slice(1)}x`)).status).toBe(401);
    const cookie = (await session(token)).headers.get("set-cookie")!;
    expect(cookie).toMatch(new RegExp(`^belay-${port}=[\\w-]+; .*HttpOnly; SameSite=Strict`));
    const page = await fetch(`${origin}/api/page`, { headers: { cookie: cookie.split(";")[0]! } });
    expect(await page.json()).toMatchObject({ control: false });
  });
});

describe("the command", () => {
  test("prints a link, serves the page there, and ends with 0 at a signal", async () => {
    const cwd = folder();
    launchBowl(cwd);
    const running = start(cwd, ["dashboard", "--port", "0"]);
    const [url] = await until("the link", () => /http:\S+/.exec(running.output().stdout));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
    const page = await fetch(url.split("#")[0]!);
    expect(await page.text()).toContain('<div id="page">');
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/);
    running.child.kill("SIGINT");
    const { code, stderr } = await running.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "Ctrl-C ends it; studies go on.\n" });
  });

  test("waits for a database that does not exist yet", async () => {
    const cwd = folder();
    const served = await serve(cwd);
    const response = await served.get("/api/studies");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: "belay.db: no study is there yet; a launch with this database is shown as soon as it begins",
    });
    expect(existsSync(join(cwd, "belay.db"))).toBe(false);
    launchBowl(cwd);
    expect(await served.json("/api/studies")).toMatchObject([{ study: "bowl" }]);
  });

  test("says what to type when the port is taken, and what a foreign address means", async () => {
    const cwd = folder();
    const { port } = await serve(cwd);
    const { code, stderr } = await belay(cwd, ["dashboard", "--port", `${port}`]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `belay: --port: expected a free port, got ${port}, which another program has: \`--port 0\` takes any that is free\n`,
    );
    const open = start(cwd, ["dashboard", "--port", "0", "--host", "0.0.0.0"]);
    const told = await until("the meaning", () => /^--host .*$/m.exec(open.output().stderr)?.[0]);
    expect(told).toContain(
      "everybody who reaches this address and has the link can look. Nothing is encrypted",
    );
    expect(told).toMatch(/`ssh -L (\d+):127\.0\.0\.1:\1 HOST`/);
  });
});
