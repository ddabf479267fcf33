// Parts that all benchmarks share: arguments, timing, runs in turn, ratios with their spread, and output as a table for
// people or as JSON for programs.
import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./statistics.ts";

/** The default of an option: null stands for an optional text; a list is typed with commas. */
type Default = number | string | boolean | null | readonly number[] | readonly string[];

type Value<D> = D extends number
  ? number
  : D extends boolean
    ? boolean
    : D extends string
      ? string
      : D extends null
        ? string | null
        : D extends readonly number[]
          ? readonly number[]
          : readonly string[];

/** The values of the options, and whether JSON is wanted. */
type Arguments<D> = { readonly [K in keyof D]: Value<D[K]> } & { readonly json: boolean };

/** Name of the benchmark that runs. */
const NAME = basename(process.argv[1] ?? "bench").replace(/\.\w+$/, "");

/** Ends the benchmark with one line on stderr and exit code 2. */
export function refuse(text: string): never {
  process.stderr.write(`bench:${NAME}: ${text}\n`);
  process.exit(2);
}

/**
 * Reads the command line. Every benchmark has `--json` besides its own options.
 *
 * @param defaults - The options with their defaults. If a default is a number, the option takes numbers only;
 *   if it is a whole number, whole numbers only.
 * @param parts - The parts of the benchmark that may be named as arguments without dashes.
 * @returns the options, and as `parts` the parts that were named, or all of them if none was.
 */
export function readArguments<D extends Readonly<Record<string, Default>>>(
  defaults: D,
  parts: readonly string[] = [],
): Arguments<D> & { readonly parts: readonly string[] } {
  const flags = Object.entries({ ...defaults, json: false });
  const options = Object.fromEntries(
    flags.map(([name, value]) => [
      name,
      { type: typeof value === "boolean" ? "boolean" : "string" } as const,
    ]),
  );
  const { values, positionals } = parse({ options, allowPositionals: parts.length > 0 });
  checkNames("parts", positionals, parts);
  const read = flags.map(([name, value]) => [name, readValue(`--${name}`, value, values[name])]);
  return { ...Object.fromEntries(read), parts: positionals.length > 0 ? positionals : parts };
}

/** Refuses a value that is none of the names. */
export function checkNames(option: string, typed: readonly string[], names: readonly string[]): void {
  const other = typed.find((name) => !names.includes(name));
  if (other !== undefined)
    refuse(`${option}: expected some of ${names.join(", ")}, got ${JSON.stringify(other)}`);
}

function parse(config: {
  options: Record<string, { type: "boolean" | "string" }>;
  allowPositionals: boolean;
}) {
  try {
    return parseArgs(config);
  } catch (error) {
    const what = error instanceof Error ? error.message.split(". ")[0] : error;
    return refuse(`${what}; expected one of --${Object.keys(config.options).join(", --")}`);
  }
}

function readValue(name: string, byDefault: Default, typed: unknown): Default {
  if (typeof typed !== "string") return typeof typed === "boolean" ? typed : byDefault;
  if (typeof byDefault === "number") return readNumber(name, typed, byDefault);
  if (!Array.isArray(byDefault)) return typed;
  const [first] = byDefault;
  if (typeof first !== "number") return typed.split(",");
  return typed.split(",").map((each) => readNumber(name, each, first));
}

function readNumber(name: string, text: string, byDefault: number): number {
  const value = Number(text);
  const isWhole = Number.isInteger(byDefault);
  if (text.trim() === "" || value < 0 || !(isWhole ? Number.isSafeInteger(value) : Number.isFinite(value)))
    refuse(`${name}: expected a ${isWhole ? "whole " : ""}number of 0 or more, got ${JSON.stringify(text)}`);
  return value;
}

/** The cost of some work, in milliseconds. CPU time depends less than wall time on what else the machine does. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Starts measuring this process with all its threads. @returns a function that returns the cost so far. */
export function startWatch(): () => Cost {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { wallMs: performance.now() - began, cpuMs: (user + system) / 1000 };
  };
}

/** A bash command that runs its arguments and writes the CPU time they took to file descriptor 3. */
const TIMED = `TIMEFORMAT='%3U %3S'; { time "$@" 2>&4 3>&- 4>&-; } 4>&2 2>&3`;

/** The output of a command, and its cost. */
interface CommandRun extends Cost {
  readonly stdout: string;
}

/**
 * Runs Node to its end. The CPU time is that of the process and of all processes that it has started and waited for.
 * Needs bash, because only its `time` reports that.
 *
 * @throws Error with the output if the process fails.
 */
export function timeNode(args: readonly string[], { cwd = process.cwd() } = {}): CommandRun {
  const began = performance.now();
  const { status, stdout, stderr, output, error } = spawnSync(
    "bash",
    ["-c", TIMED, "bash", process.execPath, ...args],
    { cwd, encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "pipe", "pipe"] },
  );
  const wallMs = performance.now() - began;
  if (error) throw error;
  if (status !== 0) throw new Error(`${args.join(" ")} ended with exit code ${status}: ${stderr || stdout}`);
  const [user, system] = output[3]!.trim().split(" ").map(Number);
  return { stdout, wallMs, cpuMs: (user! + system!) * 1000 };
}

/**
 * Measures some subjects in turn, `rounds` times. Every other round goes backwards, so that a machine that becomes
 * busier or warmer favours none of them.
 *
 * @param first - Number of the first round; odd rounds go backwards.
 * @returns for each subject its measurements, one per round.
 */
export async function inTurn<T>(
  rounds: number,
  subjects: readonly (() => T | Promise<T>)[],
  first = 0,
): Promise<T[][]> {
  const found: T[][] = subjects.map(() => []);
  for (let round = first; round < first + rounds; round++) {
    const order = [...subjects.keys()];
    for (const i of round % 2 === 0 ? order : order.reverse()) found[i]!.push(await subjects[i]!());
  }
  return found;
}

/** A median, and the interval that holds it with 95 % confidence. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/**
 * Computes the median, and the interval between two of the values that holds the true median with 95 % confidence
 * whatever the distribution; with too few values for that, the interval from the least to the greatest. The true median
 * lies below the k-th smallest of n values with the probability that n coins show fewer than k heads.
 */
export function spreadOf(values: readonly number[]): Spread {
  const order = [...values].sort((a, b) => a - b);
  const n = order.length;
  let outside = 0;
  let tail = 2 ** -n;
  for (let chance = tail * n; tail + chance <= 0.025; chance *= (n - outside) / (outside + 1)) {
    outside++;
    tail += chance;
  }
  return {
    median: median(order),
    low: order[outside]!,
    high: order[n - 1 - outside]!,
    confidence: 1 - 2 * tail,
  };
}

/** The spread of `head[i] / base[i]`, where the two values of each pair were measured one beside the other. */
export function ratiosOf(head: readonly number[], base: readonly number[]): Spread {
  return spreadOf(head.map((value, i) => value / base[i]!));
}

/** Formats a spread: `0.98 [0.95, 1.02]`. */
export function spreadText({ median: middle, low, high }: Spread, digits = 3): string {
  return `${middle.toPrecision(digits)} [${low.toPrecision(digits)}, ${high.toPrecision(digits)}]`;
}

/** A Markdown table whose columns are aligned in a terminal too; columns of numbers are aligned to the right. */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const shapes = columns.map((name, i) => ({
    width: Math.max(3, name.length, ...cells.map((row) => row[i]!.length)),
    isRight: cells.every((row) => /^[\d.,e+-]+( %)?$/.test(row[i]!)),
  }));
  const line = (row: readonly string[]): string => {
    const padded = shapes.map(({ width, isRight }, i) =>
      isRight ? row[i]!.padStart(width) : row[i]!.padEnd(width),
    );
    return `| ${padded.join(" | ")} |`.trimEnd();
  };
  const rule = shapes.map(({ width, isRight }) =>
    isRight ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [columns, rule, ...cells].map(line).join("\n");
}

/** Prints the result: as JSON, or as the text that `text` returns. */
export function print(isJson: boolean, result: unknown, text: () => string): void {
  console.log(isJson ? JSON.stringify(result) : text());
}

/** Shows at a terminal what is being measured. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** The properties of the machine that matter for figures. */
export function machineText(): string {
  return `${cpus().length} cores, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`;
}
