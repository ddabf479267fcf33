import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, type Finished, folder, processesIn, trials, write } from "../../support/belay.ts";
import type { QueriedTrial } from "../../support/query.ts";

/** Trials that forge Belay's messages or close its pipe: messages from a trial's process cannot be trusted. */

const STUDY = `
import { closeSync, writeSync } from "node:fs";
import { categorical, defineStudy, kFold } from "belay";

const PIPE = 3; // of the host, to the coordinator
const tell = (number: number, word: object) => writeSync(PIPE, JSON.stringify({ number, attempt: 1, ...word }) + "\\n");
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const complete = (values: unknown) => ({ kind: "outcome", end: { state: "complete", values, constraints: [] } });

const kinds: Record<string, (number: number, seed: number) => unknown> = {
  good: () => 1,
  "nine bytes": () => { writeSync(PIPE, Buffer.from([0, 0, 0, 5, 255, 15, 1, 2, 3])); return 1; },
  "random bytes": async (_, seed) => {
    for (let i = 0; i < 30; i++) {
      const bytes = Uint8Array.from({ length: 1 + ((seed >> i) & 63) }, (_, k) => Math.imul(seed + i, 2654435761 + k) >>> 24);
      try { writeSync(PIPE, bytes); } catch {}
      await wait(1);
    }
    writeSync(PIPE, "\\n");
    return wait(60_000);
  },
  "no end": (number) => { tell(number, { kind: "outcome", end: null }); return wait(60_000); },
  "text for numbers": (number) => { tell(number, complete(["1"])); return wait(60_000); },
  "no splits": (number) => { tell(number, complete([0])); return wait(60_000); },
  "final first": (number) => { tell(number, { kind: "final", memory: null, leftovers: null }); return wait(60_000); },
  "another trial's": (number) => { tell(number + 1, complete([0])); tell(number - 1, { kind: "bye" }); return 1; },
  "closes the pipe": () => { closeSync(PIPE); return 1; },
};

export default defineStudy({
  name: "border",
  direction: "minimize",
  space: { kind: categorical(Object.keys(kinds)) },
  splits: () => kFold(4, { folds: 2 }),
  train: ({ params, trial, seed }) => kinds[params.kind]!(trial.number, seed) as number,
});
`;

interface Border {
  readonly run: Finished;
  readonly rows: readonly QueriedTrial[];
}

async function launch(kinds: readonly string[], ...options: readonly string[]): Promise<Border> {
  const cwd = folder();
  write(cwd, { "border.ts": STUDY });
  const wanted = kinds.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]);
  const args = [
    "launch",
    "border.ts",
    "--trials",
    String(kinds.length),
    "--sampler",
    "random",
    "--seed",
    "1",
    ...wanted,
  ];
  const run = await belay(cwd, [...args, "--split-timeout", "50s", ...options]);
  expect(processesIn(cwd), "no process is left").toEqual([]);
  return { run, rows: await trials(cwd, "border") };
}

/** Expects that each bad trial failed with a line that quotes the message, and that the others are complete. */
function expectBorder({ run, rows }: Border, came: Readonly<Record<string, RegExp>>): void {
  expect(run.stderr).not.toMatch(/^belay:|internal error|^ {4}at /m);
  expect(run.code).toBe(0);
  for (const { params, state, reason, error, attempts } of rows) {
    const line = came[String(params.kind)];
    const expected = line
      ? { state: "fail", reason: "crash", name: "ProtocolError" }
      : { state: "complete", reason: null, name: undefined };
    expect({ state, reason, name: error?.name }, String(params.kind)).toEqual(expected);
    if (line) expect(error?.message).toMatch(line);
    expect(attempts).toBe(1);
  }
}

test("a trial that forges messages of Belay fails with the message in its error, and the run goes on", async () => {
  const came = {
    "nine bytes": /^host: expected messages of Belay, got a line that is none \("/,
    "no end": /got one that does not fit \(outcome\.end: expected an object, got null\)$/,
    "text for numbers":
      /got one that does not fit \(outcome\.end\.values\[0\]: expected a finite number, got "1"\)$/,
    "no splits": /got a result after 0 of 2 splits$/,
    "final first": /got one that does not fit \(final\.memory: expected an object, got null\)$/,
  };
  const kinds = ["another trial's", ...Object.keys(came).flatMap((kind) => [kind, "good"])];
  expectBorder(await launch(kinds, "--workers", "2"), came);
});

test("random bytes in the pipes of hosts end trials, never the run", async () => {
  const kinds = Array.from({ length: 10 }, () => ["random bytes", "good"]).flat();
  expectBorder(await launch(kinds, "--workers", "2"), {
    "random bytes": /^host: expected messages of Belay, got /,
  });
});

test("a trial that closes the pipe of its host ends, and its slot is freed", async () => {
  const border = await launch(["good", "closes the pipe", "good"]);
  expectBorder(border, { "closes the pipe": /^host: expected messages of Belay, got the end of its pipe$/ });
  expect(border.rows[1]?.durationMs).toBeLessThan(40_000);
});

test("data that forges messages of Belay ends the launch with one line, and leaves nothing behind", async () => {
  const cwd = folder();
  const forged = `writeSync(3, JSON.stringify({ kind: "ready", splitCount: "many" }) + "\\n")`;
  write(cwd, {
    "s.ts": `import { writeSync } from "node:fs";
      import { defineStudy, float } from "belay";
      export default defineStudy({ name: "s", direction: "minimize", space: { x: float(0, 1) },
        data: () => { ${forged}; return new Promise(() => {}); }, train: () => 1 });`,
  });
  const { code, stderr } = await belay(cwd, ["launch", "s.ts"]);
  expect({ code, lines: stderr.trim().split("\n") }).toEqual({
    code: 1,
    lines: [
      'belay: s.ts: host: expected messages of Belay, got one that does not fit (ready.splitCount: expected a whole number, 0 or more, got "many")',
    ],
  });
  expect(existsSync(join(cwd, "belay.db"))).toBe(false);
});
