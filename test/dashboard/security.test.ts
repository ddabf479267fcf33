import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventStreams } from "../../src/dashboard/http/streams.ts";
import { belay, folder, until } from "../support/belay.ts";
import { launchBowl } from "../support/refused.ts";
import { type Served, serve } from "./served.ts";

/** Who is kept out, and what nobody can make the server do. */

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** Sends a request exactly as it is written, as fetch does not: the path with its dots, the host by another name. */
function raw(
  { port }: Served,
  path: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: Readonly<Record<string, string>>; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let text = "";
      response.on("data", (piece: Buffer) => {
        text += piece;
      });
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function bowlServed(
  args: readonly string[] = ["--control"],
): Promise<Served & { readonly cookie: string; readonly cwd: string }> {
  const cwd = folder();
  launchBowl(cwd);
  const served = await serve(cwd, args);
  const session = await raw(served, "/api/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: served.token }),
  });
  const cookie = String(session.headers["set-cookie"]).split(";")[0]!;
  return { ...served, cookie, cwd };
}

describe("a page from elsewhere", () => {
  test("cannot lead its own name here: DNS rebinding", async () => {
    const served = await bowlServed();
    const { cookie, port } = served;
    const asked = (host: string) => raw(served, "/api/studies", { headers: { host, cookie } });
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "a b",
      "[::1",
      "10.0.0.7",
    ])
      expect({ host, isRefused: [400, 421].includes((await asked(host)).status) }).toEqual({
        host,
        isRefused: true,
      });
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "localhost:8000", "[::1]:9", "LOCALHOST"])
      expect({ host, status: (await asked(host)).status }).toEqual({ host, status: 200 });
    const page = await raw(served, "/", { headers: { host: "evil.example" } });
    expect(page.status).toBe(421);
  });

  test("cannot act or read with the cookie of a browser: CSRF", async () => {
    const served = await bowlServed();
    const { cookie, port } = served;
    const own = `http://127.0.0.1:${port}`;
    const order = (headers: Readonly<Record<string, string>>) =>
      raw(served, "/api/studies/bowl/orders", {
        method: "POST",
        headers: { cookie, "content-type": "application/json", ...headers },
        body: JSON.stringify({ kind: "pause" }),
      });
    for (const headers of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: `https://evil.example:${port}` },
      { origin: `http://127.0.0.1:${port + 1}` },
      { origin: `http://127.0.0.1:${port}.evil.example` },
      { origin: own, "sec-fetch-site": "cross-site" },
      { origin: own, "sec-fetch-site": "same-site" },
      {},
    ] as Record<string, string>[])
      expect({ headers, status: (await order(headers)).status }).toEqual({ headers, status: 403 });
    expect((await order({ origin: own, "sec-fetch-site": "same-origin" })).status).toBe(409); // it is not running
    const read = await raw(served, "/api/studies", { headers: { cookie, "sec-fetch-site": "cross-site" } });
    expect(read.status).toBe(403);
    const form = await raw(served, "/api/session", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `token=${served.token}`,
    });
    expect(form.status).toBe(401);
  });

  test("cannot frame, embed or be named by what is sent", async () => {
    const served = await bowlServed();
    for (const path of ["/", "/api/studies", "/api/nothing", "/assets/icon.svg", "/api/studies/nobody"]) {
      const { headers } = await raw(served, path, { headers: { cookie: served.cookie } });
      const policy = String(headers["content-security-policy"]);
      expect(policy, path).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
      });
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
    const preflight = await raw(served, "/api/studies/bowl/orders", {
      method: "OPTIONS",
      headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(403);
  });
});

describe("somebody without the link", () => {
  test("gets nothing, whatever the token looks like, and has to wait after many tries", async () => {
    const served = await bowlServed();
    const { token, port, cookie } = served;
    const paths = [
      "/api/page",
      "/api/studies",
      "/api/events",
      "/api/studies/bowl/export?format=csv",
      "/metrics",
      "/health/system",
      "/api/nothing",
    ];
    for (const path of paths)
      expect({ path, status: (await raw(served, path)).status }).toEqual({ path, status: 401 });
    for (const headers of [
      { authorization: "Bearer " },
      { authorization: `Bearer ${token.slice(0, -1)}` },
      { authorization: `Bearer ${token}x` },
      { authorization: `Basic ${token}` },
      { cookie: `belay-${port}=${token}` },
      { cookie: `belay-${port + 1}=${cookie.split("=")[1]}` },
      { cookie: `belay-${port}=` },
    ] as Record<string, string>[])
      expect({ headers, status: (await raw(served, "/api/page", { headers })).status }).toEqual({
        headers,
        status: 401,
      });
    const guess = (body: string) =>
      raw(served, "/api/session", { method: "POST", headers: { "content-type": "application/json" }, body });
    for (const body of [
      "",
      "null",
      "[]",
      "{}",
      '{"token":1}',
      '{"token":null}',
      '{"token":{"length":43}}',
      "{",
    ])
      expect({ body, status: (await guess(body)).status }).toEqual({ body, status: 401 });
    for (let i = 0; i < 12; i++) expect((await guess(`{"token":"guess-${i}"}`)).status).toBe(401);
    expect((await guess('{"token":"once more"}')).status).toBe(429);
    expect((await raw(served, "/api/page", { headers: { cookie } })).status).toBe(200); // those who are in stay
  });

  test("gets no file but those of the page, by any path", async () => {
    const served = await bowlServed();
    for (const path of [
      ...[
        "/../package.json",
        "/assets/../index.html",
        "/assets/../../package.json",
        "/assets/..%2f..%2fpackage.json",
      ],
      ...[
        "/assets/%2e%2e/%2e%2e/package.json",
        "//etc/passwd",
        "/assets//etc/passwd",
        "/assets/..\\..\\package.json",
      ],
      ...["/assets/icon.svg%00.js", "/assets/", "/assets", "/%", "/%00", "/belay.db", "/api/../belay.db"],
    ]) {
      const { status, text } = await raw(served, path, { headers: { cookie: served.cookie } });
      expect({ path, isKnown: [200, 400, 404].includes(status) }).toEqual({ path, isKnown: true });
      expect(text).not.toMatch(/"dependencies"|root:|SQLite format/);
      if (status === 200) expect(text).toContain('<div id="page">');
    }
  });
});

describe("a client that wastes", () => {
  test("is cut off when its headers, its body or its address are too long", async () => {
    const served = await bowlServed();
    const { cookie } = served;
    const long = await raw(served, `/api/studies/bowl/trials?where=${"x".repeat(20_000)}`, {
      headers: { cookie },
    }).catch(() => null);
    expect(long?.status ?? 431).toBe(431);
    const chunked = await raw(served, "/api/session", {
      method: "POST",
      headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
      body: "x".repeat(200_000),
    }).catch(() => null);
    expect(chunked?.status ?? 413).toBe(413);
    expect((await served.get("/api/page")).status).toBe(200);
  });

  test("holds up nobody while it sends its headers byte by byte, and is cut off in the end", async () => {
    const served = await bowlServed();
    const slow = Array.from({ length: 50 }, () => connect(served.port, "127.0.0.1"));
    const ended = slow.map(
      (socket) => new Promise((resolve) => socket.on("close", resolve).on("error", () => {})),
    );
    for (const socket of slow) socket.write("GET /api/page HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    const dripping = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write("x");
    }, 200);
    const asked = performance.now();
    expect((await served.get("/api/studies")).status).toBe(200);
    expect(performance.now() - asked).toBeLessThan(10_000);
    await Promise.all(ended);
    clearInterval(dripping);
  });

  test("opens 1,000 streams, which all hear, and leaves none behind", async () => {
    const served = await bowlServed();
    const streams = await Promise.all(
      Array.from({ length: 1_000 }, () => {
        let text = "";
        return new Promise<{ text(): string; close(): void }>((resolve, reject) => {
          const sent = request(
            {
              host: "127.0.0.1",
              port: served.port,
              path: "/api/events?study=bowl",
              headers: { cookie: served.cookie },
              agent: false,
            },
            (response) => {
              response.on("data", (piece: Buffer) => {
                text += piece;
              });
              response.on("error", () => {});
              resolve({ text: () => text, close: () => sent.destroy() });
            },
          );
          sent.on("error", reject);
          sent.end();
        });
      }),
    );
    await belay(served.cwd, ["launch", "bowl.ts", "--name", "other", "--trials", "1", "--quiet"]);
    await until("all to hear", () =>
      streams.every(({ text }) => /event: hello.*event: studies/s.test(text())),
    );
    expect(await (await served.get("/metrics")).text()).toContain("belay_dashboard_pages 1000");
    for (const { close } of streams) close();
    await until("no page to be open", async () =>
      (await (await served.get("/metrics")).text()).includes("belay_dashboard_pages 0"),
    );
  });

  test("is dropped when it does not read its stream, and the others go on", async () => {
    const watched: (readonly string[] | null)[] = [];
    const streams = eventStreams((studies) => watched.push(studies));
    onTestFinished(() => streams.close());
    streams.open("bowl", { bowl: 1 });
    const reader = (streams.open("bowl", { bowl: 1 }) as ReadableStream<Uint8Array>).getReader();
    expect(watched).toEqual([["bowl"]]);
    for (let version = 0; version < 400; version++) {
      streams.tell({ name: "trials", data: { study: "bowl", version } });
      await reader.read();
    }
    expect(streams.size).toBe(1);
    await reader.cancel();
    expect(watched.at(-1)).toBe(null);
  });
});
