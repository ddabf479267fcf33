import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, start, until, write } from "../../support/belay.ts";
import { httpServer, noServer, type Received } from "../../support/http.ts";
import { expectRefusal } from "../../support/refused.ts";

/** `--webhook`: what a server gets at the end of a run and at trouble, and that a run goes on without one. */

const study = (train: string): Record<string, string> => ({
  "bowl.ts": `import { defineStudy, float } from "belay";
export default defineStudy({
  name: "bowl",
  direction: "minimize",
  space: { x: float(-1, 1) },
  splits: () => [{ train: [0], validation: [1] }, { train: [1], validation: [0] }],
  train: async ({ params }) => { ${train} },
});
`,
});
const BOWL = study("return params.x ** 2");

interface Message {
  readonly event: string;
  readonly study: string;
  readonly text: string;
  readonly trouble: { readonly kind: string; readonly text: string } | null;
  readonly summary: { readonly state: { readonly state: string; readonly finished: number } };
}
const messages = (received: readonly Received[]): Message[] =>
  received.map(({ body }) => JSON.parse(body) as Message);

function place(files: Readonly<Record<string, string>>): string {
  const cwd = folder();
  write(cwd, files);
  return cwd;
}

test("the end of a run is posted with its summary, and no secret of the address is shown or recorded", async () => {
  const cwd = place(BOWL);
  const { received, port } = await httpServer();
  const webhook = `http://ann:topsecret@127.0.0.1:${port}/hook?token=alsosecret`;
  const launched = await belay(cwd, ["launch", "bowl.ts", "--trials", "3", "--webhook", webhook]);
  expect(launched.code).toBe(0);
  const [message] = messages(received);
  expect(received).toHaveLength(1);
  expect(received[0]!.url).toBe("/hook?token=alsosecret");
  expect(message).toMatchObject({ event: "finished", study: "bowl", trouble: null });
  expect(message!.summary.state).toMatchObject({ state: "finished", finished: 3 });
  expect(message!.text.split("\n").map((line) => line.split(":")[0])).toEqual([
    "bowl",
    "state",
    "best",
    "gain",
    "losses",
    "machine",
    "next",
  ]);
  // The advice about a name that is taken repeats the command that was typed.
  const again = await belay(cwd, ["launch", "bowl.ts", "--webhook", webhook, "--log-level", "debug"]);
  expect(again.stderr).toContain("belay launch bowl.ts");
  const resumed = await belay(cwd, ["resume", "bowl", "--add", "1", "--log", "-"], {
    BELAY_WEBHOOK: webhook,
  });
  expect(resumed.code).toBe(0);
  expect(messages(received)[1]!.summary.state.finished).toBe(4);
  const files = readdirSync(cwd).filter((name) => name.startsWith("belay."));
  const kept = files.map((name) => readFileSync(join(cwd, name), "latin1"));
  const all = [launched, again, resumed].flatMap(({ stdout, stderr }) => [stdout, stderr]);
  for (const text of [...all, ...kept]) expect(text).not.toMatch(/topsecret|alsosecret/);
});

test("trouble is posted while the study runs, and a stop when it ends", async () => {
  const { received, url } = await httpServer();
  const failing = place(study('throw new Error("no luck")'));
  const lost = await belay(failing, ["launch", "bowl.ts", "--trials", "20", "--webhook", url]);
  expect(lost.code).toBe(1);
  expect(messages(received)).toMatchObject([
    { event: "trouble", trouble: { kind: "losses", text: "15 of the last 15 trials were lost" } },
    { event: "finished", trouble: null, summary: { state: { finished: 20 } } },
  ]);
  const long = start(place(study("await new Promise((r) => setTimeout(r, 50)); return 1")), [
    ...["launch", "bowl.ts", "--trials", "100000", "--webhook", url],
  ]);
  await until("a trial", () => long.output().stderr.includes("trial 1 started"));
  long.child.kill("SIGINT");
  expect((await long.finished).code).toBe(130);
  expect(messages(received)[2]).toMatchObject({
    event: "stopped",
    summary: { state: { state: "stopped", owner: null } },
  });
});

test("a server that hangs, redirects, fails or is not there costs a run one line and nothing else", async () => {
  const target = await httpServer();
  const servers = [
    await httpServer(() => {}),
    await httpServer((response) => response.writeHead(302, { location: target.url }).end()),
    await httpServer((response) => response.writeHead(500).end()),
  ];
  const urls = [...servers.map(({ url }) => url), await noServer()];
  const ended = await Promise.all(
    urls.map((url) =>
      belay(place(BOWL), ["launch", "bowl.ts", "--trials", "2", "--webhook", `${url}/secret`]),
    ),
  );
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  const says = ended.map(({ stderr }) => stderr.split("\n").filter((line) => line.startsWith("webhook")));
  // On a busy machine a server may be given up before it has answered; what each answer leads to has its own tests.
  const reasons = [
    "gave no answer in time|it took too long",
    "a redirect|in time|too long",
    "500|in time|too long",
  ];
  expect(says).toEqual(
    [...reasons, "ECONNREFUSED|too long"].map((reason) => [
      expect.stringMatching(new RegExp(`^webhook: not delivered: .*(${reason})`)),
    ]),
  );
  for (const { stderr } of ended) expect(stderr).not.toContain("secret");
  expect(target.received).toEqual([]);
});

test("an address that is none is refused before anything is done", async () => {
  const says = ["--webhook: expected a URL that begins with http:// or https://", 'got "host"'];
  await expectRefusal(place(BOWL), ["launch", "bowl.ts", "--webhook", "host/secret"], { code: 2, says });
  const env = { BELAY_WEBHOOK: "ftp://ann:secret@host" };
  await expectRefusal(place(BOWL), ["launch", "bowl.ts"], {
    code: 2,
    says: ["BELAY_WEBHOOK", '"ftp:"'],
    env,
  });
});
