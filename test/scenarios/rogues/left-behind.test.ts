import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { belay, folder, processesIn, rows, trials } from "../../support/belay.ts";

/** Things that trials leave behind silently: their host is not used again. */

const STUDY = fileURLToPath(new URL("../../fixtures/left-behind/leaves.ts", import.meta.url));

/** A host starts for every second trial, which takes some time on a busy machine. */
const TIMEOUT_MS = 240_000;

interface Line {
  readonly trial?: number;
  readonly msg: string;
}

/** Runs trials of these kinds in one slot, each followed by a good one. @returns why hosts were replaced, by kind. */
async function hostReplacements(kinds: readonly string[]): Promise<Map<string, string>> {
  const cwd = folder();
  const all = kinds.flatMap((kind) => [kind, "good"]);
  const wanted = all.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]);
  const { code, stderr } = await belay(cwd, [
    ...["launch", STUDY, "--trials", String(all.length), "--sampler", "random", "--split-timeout", "30s"],
    ...wanted,
  ]);
  expect(code, stderr).toBe(0);
  expect(processesIn(cwd), "nothing is left behind").toEqual([]);
  const done = await trials(cwd, "leaves");
  const hosts = await rows<{ pid: number }>(
    cwd,
    "select host_pid as pid from attempts a join trials t on t.id = a.trial_id order by t.number",
  );
  const text = readFileSync(join(cwd, "belay.log"), "utf8").trim();
  const log = text.split("\n").map((line) => JSON.parse(line) as Line);
  const why = (index: number): string => {
    const next = done[index + 1];
    if (next?.state !== "complete") return `the next trial ends as ${next?.state}: ${next?.error?.message}`;
    const { pid } = hosts[index]!;
    if (hosts[index + 1]!.pid === pid) return "the next trial runs in the same host";
    const said = log.find(({ msg }) => msg.startsWith(`a fresh host takes over from ${pid}: `))?.msg ?? "";
    return said.slice(said.indexOf("left behind: ") + 13);
  };
  return new Map(kinds.map((kind, index) => [kind, why(2 * index)]));
}

test("callbacks without a reference never run in the next trial", { timeout: TIMEOUT_MS }, async () => {
  const left = await hostReplacements([
    ...["timer that throws", "interval without a reference", "file watcher", "watched file"],
    ...["server without a reference", "datagrams without a reference"],
  ]);
  expect([...left]).toEqual([
    ["timer that throws", "1 Timeout"],
    ["interval without a reference", "1 Timeout"],
    ["file watcher", "1 FSEvent"],
    ["watched file", "1 StatWatcher"],
    ["server without a reference", "1 TCP"],
    ["datagrams without a reference", "1 UDP"],
  ]);
});

test("work that goes on after a trial takes no processor time from the next trial", {
  timeout: TIMEOUT_MS,
}, async () => {
  const left = await hostReplacements([
    ...["immediates that throw", "immediates without a reference", "ports that call each other"],
    ...["native work", "nested worker", "nested worker that waits", "daemon"],
  ]);
  expect([...left]).toEqual([
    ["immediates that throw", "1 Immediate"],
    ["immediates without a reference", "1 Immediate"],
    ["ports that call each other", "work that goes on"],
    ["native work", "work that goes on"],
    ["nested worker", "1 Worker"],
    ["nested worker that waits", "1 Worker"],
    ["daemon", "1 child processes"],
  ]);
});

test("globals and processes that a trial replaced, ended or slowed down are as before in the next trial", {
  timeout: TIMEOUT_MS,
}, async () => {
  const left = await hostReplacements([
    ...["clock", "regular expressions", "files", "emitters", "size of maps", "every object"],
    ...["replaced write", "ended stdout", "capture callback", "own priority", "priority of the process"],
  ]);
  expect([...left]).toEqual([
    ["clock", "Date.now replaced"],
    ["regular expressions", "RegExp.prototype.exec replaced"],
    ["files", "fs.readFileSync replaced"],
    ["emitters", expect.stringMatching(/^events\.prototype\.on, .* replaced$/)],
    ["size of maps", "Map.prototype.size replaced"],
    ["every object", "Object.prototype.left added"],
    ["replaced write", "process.stdout.write replaced"],
    ["ended stdout", "process.stdout ended"],
    ["capture callback", "an uncaughtException capture callback"],
    ["own priority", expect.stringMatching(/^priority \d+ instead of -?\d+$/)],
    ["priority of the process", expect.stringMatching(/^priority \d+ instead of -?\d+$/)],
  ]);
});
