import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { folder, processesIn, start, trials, until } from "../../support/belay.ts";
import type { QueriedTrial } from "../../support/query.ts";

/** One line of the log. */
interface LogLine {
  readonly trial?: number;
  readonly msg: string;
  readonly memory?: Readonly<Record<string, unknown>>;
}

/** A finished launch of the gallery. */
export interface Gallery {
  readonly cwd: string;
  readonly rows: readonly QueriedTrial[];
  /** The row of a kind; the first one if there are several. */
  row(kind: string): QueriedTrial;
  /** The lines of the log about a trial. */
  log(number: number): LogLine[];
  readonly stderr: string;
  /** Numbers of open files of the coordinator while it ran. */
  readonly files: readonly number[];
}

export const GALLERY = fileURLToPath(new URL("../../fixtures/rogues/gallery.ts", import.meta.url));

/** Runs trials of the given kinds in two slots, and well-behaved trials after them. */
export async function runGallery(
  name: string,
  kinds: readonly string[],
  options: readonly string[] = [],
): Promise<Gallery> {
  const cwd = folder();
  const all = [...kinds, "good", "good", "good", "good"];
  const unless = (option: string, value: string): string[] =>
    options.includes(option) ? [] : [option, value];
  const limits = [...unless("--split-timeout", "30s"), ...unless("--grace", "300ms")];
  const wanted = all.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]);
  const run = start(cwd, [
    ...["launch", GALLERY, "--name", name, "--trials", String(all.length), "--workers", "2"],
    ...["--sampler", "random", ...wanted, ...limits, ...options],
  ]);
  const files: number[] = [];
  const counting = setInterval(() => files.push(openFilesOf(run.pid)), 200);
  const { code, stderr } = await run.finished;
  clearInterval(counting);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  await until(`the hosts of ${name} to be gone`, () => processesIn(cwd).length === 0);
  const rows = await trials(cwd, name);
  const lines = readFileSync(join(cwd, "belay.log"), "utf8").trim().split("\n");
  const log = lines.map((line) => JSON.parse(line) as LogLine);
  return {
    cwd,
    rows,
    row: (kind) => rows.find(({ params }) => params.kind === kind)!,
    log: (number) => log.filter(({ trial }) => trial === number),
    stderr,
    files,
  };
}

/**
 * Expects that every trial has a row and one end in the log, that every slot is free, and that no file is left open.
 */
export function expectNoTrace({ rows, log, files }: Gallery): void {
  expect(rows.map(({ state }) => state)).not.toContain("running");
  const good = rows.filter(({ params }) => params.kind === "good");
  expect(good.map(({ state }) => state)).toEqual(good.map(() => "complete"));
  for (const { number, attempts } of rows) {
    const said = log(number).map(({ msg }) => msg);
    expect(said.filter((msg) => /^Trial #\d+ (complete|pruned|failed)/.test(msg))).toHaveLength(1);
    expect(said.filter((msg) => /^Trial #\d+ final memory:/.test(msg))).toHaveLength(1);
    expect(attempts).toBe(1);
  }
  // Each host has a few open files. At the end there are as many hosts as at the start, give or take one or two.
  const early = Math.max(...files.slice(0, files.length / 2));
  expect(Math.max(...files.slice(-5))).toBeLessThanOrEqual(early + 20);
}

function openFilesOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}
