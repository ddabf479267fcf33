import { readFileSync } from "node:fs";
import { BelayError, show } from "../core/error.ts";
import { type GivenParams, openRow } from "../core/space/given.ts";
import { type Params, type Space, toParams } from "../core/space/space.ts";
import type { StudyManifest } from "../core/study.ts";
import { finishedOf } from "../core/trial.ts";
import type { TrialCounts } from "../store/records.ts";

/** Params that a person wants to be tried; the sampler chooses those that are left out. */
export interface Enqueued {
  /** Where they come from, as an error names it: `--enqueue`, `seeds.ndjson:3`. */
  readonly from: string;
  readonly params: GivenParams;
}

const EXAMPLE = `'{"learningRate":0.01}'`;

/** Reads params from a text of JSON. @throws BelayError `usage` when it is no JSON object. */
export function parseParams(from: string, text: string): GivenParams {
  const params = parse(text);
  if (isObject(params)) return params;
  throw new BelayError("usage", `${from}: expected a JSON object such as ${EXAMPLE}, got ${show(text)}`);
}

/**
 * Reads what `--enqueue` was given: a text of JSON, or the path of a file with a JSON object on each line or one JSON
 * array of objects.
 *
 * @throws BelayError `usage`, one line, which names the file and the line.
 */
export function readEnqueued(option: string, text: string): Enqueued[] {
  if (text.trimStart().startsWith("{")) return [{ from: option, params: parseParams(option, text) }];
  const lines = readEntries(option, text);
  if (lines.length > 0) return lines;
  throw new BelayError("usage", `${option}: expected a file with params, got ${show(text)}, which is empty`);
}

function readEntries(option: string, file: string): Enqueued[] {
  const content = readText(option, file).replace(/^\uFEFF/, "");
  if (content.trimStart().startsWith("[")) {
    const entries = parse(content);
    if (Array.isArray(entries))
      return entries.map((entry, i) => {
        const from = `${file}[${i}]`;
        if (isObject(entry)) return { from, params: entry };
        throw new BelayError("usage", `${from}: expected a JSON object, got ${show(entry)}`);
      });
    const expected = "one JSON array, or a JSON object on each line";
    throw new BelayError("usage", `${file}: expected ${expected}, got an array that is no JSON`);
  }
  return content.split("\n").flatMap((line, i) => {
    const from = `${file}:${i + 1}`;
    return line.trim() === "" ? [] : [{ from, params: parseParams(from, line) }];
  });
}

function readText(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "which is no file" : `which cannot be read (${code})`;
    const expected = `a JSON object such as ${EXAMPLE}, or a file of such objects`;
    throw new BelayError("usage", `${option}: expected ${expected}, got ${show(file)}, ${why}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is GivenParams {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/**
 * The params to try first: the defaults of the study file, then what was enqueued.
 *
 * @throws BelayError `usage` that names the first wrong param, and how many other entries are wrong.
 */
export function firstParams(
  file: string,
  { space, defaults }: Pick<StudyManifest, "space" | "defaults">,
  enqueued: readonly Enqueued[],
): readonly Params[] {
  const first =
    defaults === null ? [] : [toParams(space, openRow(`${file}: defaults`, space, defaults, "drop"))];
  const faults: BelayError[] = [];
  const asked = enqueued.flatMap(({ from, params }) => {
    try {
      return [toParams(space, openRow(from, space, withoutNulls(space, params)))];
    } catch (error) {
      if (!(error instanceof BelayError)) throw error;
      faults.push(error);
      return [];
    }
  });
  const [fault, ...others] = faults;
  if (!fault) return [...first, ...asked];
  if (others.length === 0) throw fault;
  const more = others.length === 1 ? "one more entry is" : `${others.length} more entries are`;
  throw new BelayError("usage", `${fault.message}; ${more} wrong too`, { cause: fault });
}

/**
 * A line about trials that wait and that the study is too short to run; null when it runs all of them.
 *
 * @param trials - How many trials the study has when it is finished.
 * @param resume - The command that resumes the study.
 */
export function surplusNote(counts: TrialCounts, trials: number, resume: string): string | null {
  const surplus = Math.min(counts.waiting, finishedOf(counts) + counts.waiting - trials);
  if (surplus <= 0) return null;
  const waits = surplus === 1 ? "1 trial waits" : `${surplus} trials wait`;
  return `${waits} beyond the ${trials} of the study: \`${resume} --add ${surplus}\` goes on with them`;
}

/**
 * Params without those that are null, except where null is a choice: `belay query --format ndjson` prints null for a
 * param that a trial does not have.
 */
function withoutNulls(space: Space, params: GivenParams): GivenParams {
  const isChoice = (name: string): boolean => {
    const distribution = space.params.find((param) => param.name === name)?.distribution;
    return distribution?.kind === "categorical" && distribution.choices.includes(null);
  };
  return Object.fromEntries(
    Object.entries(params).filter(([name, value]) => value !== null || isChoice(name)),
  );
}
