import { describe, expect, it } from "vitest";
import type { Outcome } from "../../src/core/trial.ts";
import type { RunEvent } from "../../src/launch/events.ts";
import { readAddress } from "../../src/launch/webhook/address.ts";
import { postJson } from "../../src/launch/webhook/post.ts";
import { troubleWatch } from "../../src/launch/webhook/trouble.ts";
import { httpServer, noServer } from "../support/http.ts";
import { METRICS } from "../support/records.ts";

/** The parts of a webhook: its address, how a message is posted, and what counts as trouble. */

describe("the address", () => {
  it.each([
    ["ftp://ann:secret@host/x", 'one that begins with "ftp:"'],
    ["ann:secret@host/x", 'one that begins with "ann:"'],
    ["hooks.example/services/secret", 'got "hooks.example"'],
    ["", 'got ""'],
  ])("is http or https, and a refusal shows no secret: %s", (text, got) => {
    const refused = () => readAddress("--webhook", text);
    expect(refused).toThrow(`--webhook: expected a URL that begins with http:// or https://, got `);
    expect(refused).toThrow(got);
    expect(refused).not.toThrow("secret");
  });
});

describe("posting", () => {
  const PATIENCE = { totalMs: 100_000, tryMs: 100_000, pauseMs: 1 };

  it("sends JSON, with user and password in a header", async () => {
    const { received, port } = await httpServer();
    expect(await postJson(`http://ann:a%20b@127.0.0.1:${port}/hook?key=1`, "{}", PATIENCE)).toBeNull();
    expect(received).toMatchObject([{ method: "POST", url: "/hook?key=1", body: "{}" }]);
    expect(received[0]!.headers["content-type"]).toBe("application/json");
    expect(received[0]!.headers.authorization).toBe(`Basic ${Buffer.from("ann:a b").toString("base64")}`);
  });

  it.each([500, 503, 429])("tries again after %i", async (status) => {
    const { received, url } = await httpServer((response, count) => {
      response.statusCode = count < 3 ? status : 204;
      response.end();
    });
    expect(await postJson(url, "{}", PATIENCE)).toBeNull();
    expect(received).toHaveLength(3);
  });

  it("does not try again where the answer stays the same, and follows no redirect", async () => {
    const target = await httpServer();
    const { received, url } = await httpServer((response, count) => {
      response.writeHead(count === 1 ? 404 : 307, { location: target.url });
      response.end();
    });
    expect(await postJson(`${url}/secret`, "{}", PATIENCE)).toBe(`${url} answered 404`);
    expect(await postJson(`${url}/secret`, "{}", PATIENCE)).toBe(
      `${url} answered 307, a redirect, which is not followed`,
    );
    expect(received).toHaveLength(2);
    expect(target.received).toEqual([]);
  });

  it("gives up once its time is over: a server that hangs, fails for ever, or is not there", async () => {
    const hanging = await httpServer(() => {});
    const short = { totalMs: 300, tryMs: 100, pauseMs: 10 };
    expect(await postJson(hanging.url, "{}", short)).toBe(`${hanging.url} gave no answer in time`);
    // The next try would come after the end of the time, however slow this machine is.
    const once = { totalMs: 60_000, tryMs: 60_000, pauseMs: 60_000 };
    const broken = await httpServer((response) => response.writeHead(502).end());
    expect(await postJson(broken.url, "{}", once)).toBe(`${broken.url} answered 502`);
    const nowhere = await noServer();
    expect(await postJson(`${nowhere}/secret`, "{}", once)).toBe(
      `${nowhere} cannot be reached (ECONNREFUSED)`,
    );
  });
});

describe("trouble", () => {
  const ended = (outcome: Outcome): RunEvent => ({
    ...{ kind: "trial-ended", number: 0, outcome, durationMs: 1, isBest: false },
  });
  const LOST = ended({ state: "pruned", reason: "memory-limit", detail: {} });
  const PRUNED = ended({ state: "pruned", reason: "pruner", detail: {} });
  const GOOD = ended({ state: "complete", values: [1], constraints: [] });
  const brake = (on: boolean): RunEvent => ({ kind: "brake", on, availableBytes: 1e9, reserveBytes: 2e9 });
  const metrics = (waiting: number, slotsBusy: number): RunEvent => ({
    kind: "metrics",
    metrics: { ...METRICS, waiting, slotsBusy, why: "trial 7: 1.4 GB short" },
  });
  const MINUTE = 60_000;
  const told = (...events: readonly (readonly [minute: number, event: RunEvent])[]) => {
    const watch = troubleWatch();
    return events.flatMap(([minute, event]) => watch.hear(event, minute * MINUTE)?.text ?? []);
  };
  const times = (count: number, event: RunEvent) =>
    Array.from({ length: count }, (_, i) => [i, event] as const);

  it("is that 15 of the last 20 trials were lost, told once", () => {
    expect(told(...times(14, LOST), ...times(40, PRUNED))).toEqual([]);
    expect(told(...times(14, LOST), ...times(4, GOOD), ...times(9, LOST))).toEqual([
      "15 of the last 19 trials were lost",
    ]);
  });

  it("is told again after it has passed, but not within half an hour", () => {
    const text = "memory reserve reached: 1.00 GB available";
    expect(told([0, brake(true)], [1, brake(true)])).toEqual([text]);
    expect(told([0, brake(true)], [1, brake(false)], [2, brake(true)])).toEqual([text]);
    expect(told([0, brake(true)], [1, brake(false)], [31, brake(true)])).toEqual([text, text]);
    expect(told([0, brake(true)], [31, brake(true)])).toEqual([text]);
  });

  it("is that all trials have waited for ten minutes", () => {
    const waits = [...times(11, metrics(2, 0))];
    expect(told(...waits)).toEqual(["no trial has run for 10 m 0 s: trial 7: 1.4 GB short"]);
    expect(told(...times(11, metrics(2, 1)), ...times(11, metrics(0, 0)))).toEqual([]);
    expect(told(...waits.slice(0, 9), [9, metrics(2, 1)], [10, metrics(2, 0)], [15, metrics(2, 0)])).toEqual(
      [],
    );
  });

  it("is the breaker, a database that cannot be written, and a disk that is nearly full", () => {
    const breaker = (state: "open" | "closed"): RunEvent => ({ kind: "breaker", state, message: "all lost" });
    expect(told([0, breaker("open")], [1, breaker("open")], [40, breaker("closed")])).toEqual(["all lost"]);
    expect(told([0, { kind: "store-waits", message: "disk full" }], [1, { kind: "store-mended" }])).toEqual([
      "disk full",
    ]);
    const watch = troubleWatch();
    expect(watch.disk(2e9, 0)).toBeNull();
    expect(watch.disk(5e8, 0)).toEqual({ kind: "disk", text: "the disk is nearly full: 0.50 GB left" });
    expect(watch.disk(5e8, MINUTE)).toBeNull();
  });
});
