import { expect, test } from "vitest";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";

/** The memory readings of a row, compared with memory that was really taken. */

const STUDY = `
import { spawn } from "node:child_process";
import { once } from "node:events";
import { categorical, defineStudy } from "belay";

const hold = (bytes) => new Uint8Array(bytes).fill(1);
const CHILD = "const held = new Uint8Array(200e6).fill(1); console.log(held.length); setInterval(() => held.fill(2), 1e4)";

const ways = {
  nothing: () => {},
  arrays: async () => {
    const held = hold(300e6);
    await new Promise((resolve) => setTimeout(resolve, 100));
    held.fill(2);
  },
  // The memory is taken and freed between two readings of the guard, so only the kernel's own peak shows it.
  spike: () => {
    for (let i = 0; i < 3; i++) hold(250e6);
  },
  child: async () => {
    const child = spawn(process.execPath, ["-e", CHILD], { stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGKILL");
    await once(child, "exit");
  },
  objects: () => {
    const held = Array.from({ length: 2e6 }, (_, i) => ({ i, next: { i } }));
    return new Promise((resolve) => setTimeout(() => resolve(held.length), 100));
  },
};

export default defineStudy({
  name: "memory",
  direction: "minimize",
  space: { way: categorical(Object.keys(ways)) },
  train: async ({ params }) => {
    await ways[params.way]();
    return 1;
  },
});
`;

test("the peak is the memory that was taken, within 5 %, and the final reading the memory that is left", async () => {
  const cwd = folder();
  write(cwd, { "memory.mjs": STUDY });
  const ways = ["nothing", "arrays", "spike", "child", "objects"];
  const wanted = ways.flatMap((way) => ["--enqueue", JSON.stringify({ way })]);
  const { code, stderr } = await belay(cwd, ["launch", "memory.mjs", "--trials", "5", ...wanted]);
  expect(code, stderr).toBe(0);
  const found = await trials(cwd, "memory");
  const taken = (way: string): number => {
    const { memory } = found.find(({ params }) => params.way === way)!;
    return memory!.peakBytes! - memory!.baselineBytes!;
  };
  expect(taken("nothing")).toBeLessThan(10e6);
  const known: readonly (readonly [string, number])[] = [
    ["arrays", 300e6],
    ["child", 200e6 + 45e6], // The second part is an idle Node.
  ];
  for (const [way, bytes] of known) {
    expect(taken(way) / bytes, way).toBeGreaterThan(0.95);
    expect(taken(way) / bytes, way).toBeLessThan(way === "child" ? 1.15 : 1.05);
  }
  expect(taken("spike") / 250e6).toBeGreaterThan(0.95);
  expect(taken("objects")).toBeGreaterThan(2e6 * 2 * 16);
  for (const { params, memory } of found) {
    expect(memory?.source).toBe("worker");
    const left = memory!.finalBytes! - memory!.baselineBytes!;
    if (params.way !== "objects") expect(left, String(params.way)).toBeLessThan(20e6);
  }
});

test("each phase has its row, and values that one thread cannot know of another are null", async () => {
  const cwd = folder();
  write(cwd, { "memory.mjs": STUDY });
  const args = ["--enqueue", '{"way":"nothing"}', "--trials", "1"];
  await belay(cwd, ["launch", "memory.mjs", ...args]);
  await belay(cwd, ["launch", "memory.mjs", "--name", "thread", "--isolation", "thread", ...args]);
  const select = `select s.name as study, m.phase, m.rss_bytes is null as unknown, m.heap_bytes > 0 as heap,
    m.tensors, m.gpu_bytes as gpu from memory_log m join trials t on t.id = m.trial_id join studies s on s.id = t.study_id
    order by s.name, m.phase desc`;
  const [process, thread] = [{ unknown: 0 }, { unknown: 1 }];
  const split = { heap: 1, tensors: null, gpu: null };
  const start = { phase: "start", heap: null, tensors: null, gpu: null };
  expect(await rows(cwd, select)).toEqual(
    [
      { study: "memory", ...start, ...process },
      { study: "memory", phase: "split", ...process, ...split },
      { study: "memory", phase: "final", ...process, ...split },
      { study: "thread", ...start, ...thread },
      { study: "thread", phase: "split", ...thread, ...split },
      { study: "thread", phase: "final", ...thread, ...split },
    ].sort((a, b) => (a.study === b.study ? 0 : a.study < b.study ? -1 : 1)),
  );
});
