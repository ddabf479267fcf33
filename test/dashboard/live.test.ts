import { copyFileSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type {
  AnalysisJson,
  AuditEntryJson,
  LiveJson,
  MemoryMarksJson,
  StudyCardJson,
} from "../../src/report/page/page.ts";
import type { SummaryJson } from "../../src/report/summary/summary.ts";
import { belay, folder, until, write } from "../support/belay.ts";
import { launchBowl } from "../support/refused.ts";
import { type Served, serve } from "./served.ts";
import { launchWaiting } from "./waiting.ts";

/** What a page sees of a study that runs, and of a database that comes and goes. */

/** A run of three trials, the first of which waits in its second split, and its dashboard. */
async function waitingServed() {
  const { cwd, run } = launchWaiting();
  const served = await serve(cwd);
  const events = await until("the study", async () => {
    const response = await served.get("/api/studies/waiting");
    return response.ok && served.events("waiting");
  });
  return { cwd, run, served, events };
}

/** An analysis, once it is there. */
function analysis<T>(served: Served, study: string, name: string): Promise<T> {
  return until(`the analysis ${name}`, async () => {
    const found = await served.json<AnalysisJson<T>>(`/api/studies/${study}/analyses/${name}`);
    return found.state === "ready" && found.data;
  });
}

describe("a study that runs", () => {
  test("is told of: what runs in each slot with its memory, each trial that ends, and the end of the run", async () => {
    const { cwd, run, events, served } = await waitingServed();
    const { slots, owner } = await events.wait("live", ({ slots }) =>
      slots.some((each) => each.finishedSplits === 1),
    );
    expect(owner).toMatchObject({ pid: run.pid });
    expect(slots).toMatchObject([{ slot: 0, trial: 0, attempt: 1, finishedSplits: 1, splits: 2 }]);
    expect(slots[0]!.rssBytes).toBeGreaterThan(10e6);
    expect(slots[0]!.splitSinceMs).toBeGreaterThanOrEqual(slots[0]!.trialSinceMs!);
    const before = events.all("trials").at(-1)!.version;
    const memory = await until("the memory of the slot", async () => {
      const frame = await served.frame("/api/studies/waiting/memory/slots?since=0");
      return frame.head.rows > 0 && frame;
    });
    expect(memory.head.columns.map(({ name }) => name)).toEqual([
      ...["atMs", "slot", "minBytes", "maxBytes", "limitBytes", "trial"],
    ]);
    expect(memory.columns.get("maxBytes")!.cells[0]).toBeGreaterThan(10e6);

    write(cwd, { go: "" });
    await run.finished;
    await events.wait("live", ({ state }) => state === "finished");
    const { version } = await events.wait("trials", (each) => each.version > before);
    const frame = await served.frame("/api/studies/waiting/columns?names=split.1,value.0");
    expect(frame.head.version).toBeGreaterThanOrEqual(version);
    expect([...frame.columns.get("split.1")!.cells].every(Number.isFinite)).toBe(true);
    const timeline = await served.frame("/api/studies/waiting/timeline");
    expect([...timeline.columns.get("number")!.cells]).toEqual([0, 1, 2]);
    expect([...timeline.columns.get("slot")!.cells]).toEqual([0, 0, 0]);
    expect([...timeline.columns.get("endedAtMs")!.cells].every(Number.isFinite)).toBe(true);
    expect((await served.frame("/api/studies/waiting/memory/machine?since=0")).head.rows).toBeGreaterThan(0);
  });

  test("that has lost its coordinator is interrupted, with the command that resumes it", async () => {
    const { cwd, run, events, served } = await waitingServed();
    await events.wait("live", ({ slots }) => slots.some(({ trial }) => trial === 0));
    run.child.kill("SIGKILL");
    await events.wait("live", ({ state }) => state === "interrupted");
    await events.wait("studies");
    const live = await served.json<LiveJson>("/api/studies/waiting/live");
    expect(live).toMatchObject({ owner: null, slots: [], heartbeatAgeMs: null });
    const [card] = await served.json<StudyCardJson[]>("/api/studies");
    expect(card!.resume).toEqual({
      text: "goes on with 1 trial that is not over, and runs until 3 trials are over",
      command: "belay resume waiting",
    });
    write(cwd, { go: "" });
    const resumed = await belay(cwd, card!.resume!.command.split(" ").slice(1));
    expect(resumed.code, resumed.stderr).toBe(0);
    await events.wait("live", ({ state }) => state === "finished");
    const marks = await served.json<MemoryMarksJson>("/api/studies/waiting/memory/marks?since=0");
    expect(marks.marks.filter(({ kind }) => kind === "recycle")).toMatchObject([{ slot: 0, trial: 0 }]);
    const audit = await served.json<AuditEntryJson[]>("/api/studies/waiting/audit");
    expect(audit.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["launch", "claim"]));
  });
});

describe("analyses", () => {
  test("are those of the command line, and a page hears when they are there", async () => {
    const cwd = folder();
    launchBowl(cwd);
    const served = await serve(cwd);
    const events = await served.events("bowl");
    const summary = await analysis<SummaryJson>(served, "bowl", "summary");
    const printed = JSON.parse((await belay(cwd, ["summary", "bowl", "--json"])).stdout) as SummaryJson;
    expect({ ...summary.best, agoMs: 0 }).toEqual({ ...printed.best, agoMs: 0 });
    expect(summary.lines.map(({ topic }) => topic)).toEqual(printed.lines.map(({ topic }) => topic));
    await events.wait("analysis", ({ name }) => name === "summary");
    for (const name of ["show", "kills", "memory"])
      expect(await analysis(served, "bowl", name)).toMatchObject({ study: "bowl" });
    const failed = await until("the refusal", async () => {
      const found = await served.json<AnalysisJson<unknown>>("/api/studies/bowl/analyses/importance");
      return found.state === "failed" && found.message;
    });
    expect(failed).toBe("importance: expected at least 2 complete trials in study bowl, got 1");
    const unknown = await served.get("/api/studies/bowl/analyses/sumary");
    expect(await unknown.json()).toEqual({
      error:
        'analysis: expected one of summary, show, importance, kills, memory, got "sumary"; did you mean summary?',
    });
  });

  test("of several studies stand side by side", async () => {
    const cwd = folder();
    launchBowl(cwd);
    await belay(cwd, ["launch", "bowl.ts", "--name", "other", "--trials", "2", "--quiet"]);
    const served = await serve(cwd);
    const compared = await until("the comparison", async () => {
      const found = await served.json<AnalysisJson<unknown>>("/api/compare?study=bowl&study=other");
      return found.state === "ready" && found.data;
    });
    const printed = await belay(cwd, ["compare", "bowl", "other", "--json"]);
    expect(compared).toEqual(JSON.parse(printed.stdout));
    expect((await served.get("/api/compare?study=bowl")).status).toBe(400);
    expect((await served.get("/api/compare?study=bowl&study=nobody")).status).toBe(404);
  });

  test.each(["csv", "ndjson", "parquet"])("the download as %s is what export writes", async (format) => {
    const cwd = folder();
    launchBowl(cwd);
    const served = await serve(cwd);
    const query = new URLSearchParams({ format, where: "number >= 0" });
    const response = await served.get(`/api/studies/bowl/export?${query}`);
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="bowl.${format}"`);
    const downloaded = Buffer.from(await response.arrayBuffer());
    const out = join(cwd, "out");
    await belay(cwd, ["export", "bowl", "--format", format, "--out", out]);
    expect(downloaded.equals(readFileSync(out))).toBe(true);
    expect((await served.get("/api/studies/bowl/export?format=cvs")).status).toBe(400);
    expect((await served.get(`/api/studies/bowl/export?format=${format}&where=nmber>0`)).status).toBe(400);
  });
});

describe("a database that goes and comes", () => {
  test("is told of, and another one in its place is read", async () => {
    const cwd = folder();
    launchBowl(cwd);
    const served = await serve(cwd);
    const events = await served.events("bowl");
    await events.wait("trials");
    const db = join(cwd, "belay.db");
    copyFileSync(db, join(cwd, "kept"));
    rmSync(db);
    expect((await events.wait("trouble")).message).toMatch(/^belay\.db: no study is there yet/);
    expect((await (await served.events("bowl")).wait("trouble")).message).toMatch(/^belay\.db/); // a page that comes later
    expect((await served.get("/api/studies/bowl")).status).toBe(503);
    renameSync(join(cwd, "kept"), db);
    await events.wait("trouble", ({ message }) => message === null);
    expect(await served.json("/api/studies/bowl")).toMatchObject({ study: "bowl" });
  });
});
