// Trains every layer of TensorFlow.js for one step on every backend that works here, and writes the table of
// docs/tensorflow.md between its markers. Needs a build (`npm run build`).
//
//   npm run tensorflow-layers                 print the table and write it
//   npm run tensorflow-layers -- --check      print it, and exit with 1 if the page has another table
//   npm run tensorflow-layers -- --from DIR   look for backends from DIR first, as for a study file in DIR
//
// A backend that is not available on this machine keeps its column of the page. Each backend has a process of its own;
// if that dies, the next process starts after the layer that killed it. "ok" means more than the absence of an error:
// the weights after the step equal those of the plain JavaScript backend, and a gradient has passed through the layer.

import { fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seedMathRandom } from "../src/core/seeded.ts";
import { backendEnvironment } from "../src/tensorflow/environment.ts";
import { loadBackend } from "../src/tensorflow/load.ts";
import type { TensorFlow } from "../src/tensorflow/namespace.ts";
import { type BackendResolution, resolveBackend } from "../src/tensorflow/resolve.ts";
import { type Case, LAYER_CASES, NOT_CASES } from "./tensorflow-layers-cases.ts";

const PAGE = new URL("../docs/tensorflow.md", import.meta.url);
const BEGIN = "<!-- layers: written by npm run tensorflow-layers -->";
const END = "<!-- /layers -->";
const BACKENDS = ["cpu", "wasm", "node"] as const;
const ROWS = 4;
const TOLERANCE = 1e-4;
const CASES = Object.values(LAYER_CASES).flat();

type Trained =
  | { readonly ok: true; readonly numbers: readonly number[] }
  | { readonly ok: false; readonly why: string };
/** The work of a child process: the cases from `from` on. */
interface Work {
  readonly resolution: BackendResolution;
  readonly from: number;
}
/** The verdicts of a case, by backend. */
type Verdicts = Readonly<Partial<Record<string, string>>>;

if (process.send) process.on("message", (work) => void train(work as Work));
else await main();

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: "boolean" }, from: { type: "string" } } });
  checkCoverage();
  const columns: Record<string, string[]> = {};
  let reference: readonly Trained[] | null = null;
  for (const backend of BACKENDS) {
    const resolution = await resolveBackend(backend, values.from ? { fromDirectory: values.from } : {}).catch(
      (error: Error) => void console.error(`${backend}: kept from the page: ${error.message}`),
    );
    if (!resolution) continue;
    const results = await trainAll(resolution);
    const expected: readonly Trained[] = reference ?? results;
    reference = expected;
    columns[backend] = results.map((result, index) => verdict(result, expected[index]!));
  }
  const page = readFileSync(PAGE, "utf8");
  const table = render(columns, readTable(page));
  console.log(table);
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/tensorflow.md: expected the markers ${BEGIN} and ${END}`);
  const written = `${before}${BEGIN}\n${table}\n${END}${after}`;
  if (!values.check) writeFileSync(PAGE, written);
  else if (written !== page) {
    console.error("docs/tensorflow.md says something else: run npm run tensorflow-layers");
    process.exitCode = 1;
  }
}

/** Fails if tf.layers has a layer without a case, so that layers of later versions are not missed. */
function checkCoverage(): void {
  const tf = createRequire(import.meta.url)("@tensorflow/tfjs") as TensorFlow;
  const covered = new Set([...NOT_CASES, ...CASES.map(({ name }) => name.split(/[ ,]/)[0])]);
  const missing = Object.keys(tf.layers).filter((name) => !covered.has(name));
  if (missing.length > 0)
    throw new Error(`scripts/tensorflow-layers-cases.ts: no case for ${missing.join(", ")}`);
}

/** Trains all cases on one backend, in a process that is replaced if it dies. */
async function trainAll(resolution: BackendResolution): Promise<Trained[]> {
  const results: Trained[] = [];
  while (results.length < CASES.length) {
    const from = results.length;
    const ending = await new Promise<string>((resolve) => {
      const child = fork(fileURLToPath(import.meta.url), {
        env: { ...process.env, ...backendEnvironment(resolution.backend, { threads: 1 }) },
        serialization: "advanced",
      });
      child.on("message", (result) => {
        results.push(result as Trained);
        if (results.length === CASES.length) child.kill("SIGKILL");
      });
      child.on("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
      child.send({ resolution, from } satisfies Work);
    });
    if (results.length < CASES.length) results.push({ ok: false, why: `the process dies (${ending})` });
    if (results.length === from) throw new Error(`${resolution.backend}: the process never starts`);
  }
  return results;
}

/** Runs in a child process: trains each case from `from` on for one step and sends each result at once. */
async function train({ resolution, from }: Work): Promise<void> {
  const tf = await loadBackend(resolution);
  for (const one of CASES.slice(from)) {
    tf.engine().startScope();
    const result = await trainOne(tf, one).catch((error): Trained => ({ ok: false, why: explain(error) }));
    tf.engine().endScope();
    await new Promise((sent) => process.send!(result, sent));
  }
}

async function trainOne(tf: TensorFlow, one: Case): Promise<Trained> {
  const restore = seedMathRandom(1);
  try {
    const model = build(tf, one);
    const xs = Array.from({ length: one.inputs ?? 1 }, (_, salt) =>
      numbers(tf, [ROWS, ...one.input], salt, one.classes),
    );
    const firstBefore = model.getWeights()[0]!.arraySync();
    await model.fit(xs, numbers(tf, [ROWS, 1], 9), { batchSize: ROWS, epochs: 1, verbose: 0 });
    const weights = model.getWeights();
    const moved = JSON.stringify(weights[0]!.arraySync()) !== JSON.stringify(firstBefore);
    if (!moved) return { ok: false, why: "no gradient passes" };
    return { ok: true, numbers: weights.flatMap((weight) => Array.from(weight.dataSync())) };
  } finally {
    restore();
  }
}

type Symbolic = InstanceType<TensorFlow["SymbolicTensor"]>;

/**
 * Builds input -> dense -> the layer -> flatten -> dense. The first dense layer makes a gradient pass through the
 * layer.
 */
function build(tf: TensorFlow, { make, next, input, inputs = 1, first, classes }: Case) {
  const { layers } = tf;
  const entries = Array.from({ length: inputs }, () => tf.input({ shape: input }));
  const fronts = entries.map((x) =>
    first || classes ? x : (layers.dense({ units: input.at(-1)! }).apply(x) as Symbolic),
  );
  let out = make(layers, tf).apply(inputs === 1 ? fronts[0]! : fronts) as Symbolic;
  if (next) out = next(layers).apply(out) as Symbolic;
  if (out.shape.length > 2) out = layers.flatten().apply(out) as Symbolic;
  const model = tf.model({ inputs: entries, outputs: layers.dense({ units: 1 }).apply(out) as Symbolic });
  model.compile({ optimizer: tf.train.sgd(0.05), loss: "meanSquaredError" });
  return model;
}

/** Numbers that look random and are the same on every machine. */
function numbers(tf: TensorFlow, shape: readonly number[], salt: number, classes?: number) {
  const size = shape.reduce((product, length) => product * length, 1);
  const wave = Float32Array.from({ length: size }, (_, i) => Math.sin((i + 1) * 12.9898 + salt * 78.233));
  return tf.tensor(classes ? wave.map((v) => Math.floor(Math.abs(v) * (classes - 0.1))) : wave, [...shape]);
}

/** The error in the words of the table: missing kernels and gradients by name, others by how they begin. */
function explain(error: unknown): string {
  const message = String(error instanceof Error ? error.message : error)
    .replace(/\s+/g, " ")
    .replaceAll("|", "/");
  const kernel = /Kernel '(\w+)' not registered/.exec(message)?.[1];
  if (kernel) return `no kernel \`${kernel}\``;
  const gradient = /gradient function not found for (\w+)/.exec(message)?.[1];
  if (gradient) return `no gradient of \`${gradient}\``;
  if (message.includes("dilation rates greater than 1")) return "no gradient";
  if (message.includes("not implemented")) return "not implemented";
  return `the layer fails: "${message.length > 60 ? `${message.slice(0, 57)}...` : message}"`;
}

function verdict(result: Trained, reference: Trained): string {
  if (!result.ok) return result.why;
  if (!reference.ok) return "ok";
  const scale = Math.max(1e-3, ...reference.numbers.map(Math.abs));
  const error =
    Math.max(...result.numbers.map((number, i) => Math.abs(number - reference.numbers[i]!))) / scale;
  return error <= TOLERANCE ? "ok" : `other weights than \`cpu\`: off by ${error.toPrecision(1)}`;
}

/**
 * Renders the table: one row for all cases of a family with the same verdicts; those that train everywhere come first.
 */
function render(
  columns: Readonly<Record<string, readonly string[]>>,
  known: ReadonlyMap<string, Verdicts>,
): string {
  const lines = [
    `| | layers | ${BACKENDS.map((name) => `\`${name}\``).join(" | ")} |`,
    "| --- | --- | --- | --- | --- |",
  ];
  for (const [family, cases] of Object.entries(LAYER_CASES)) {
    const rows = new Map<string, string[]>([[BACKENDS.map(() => "ok").join(" | "), []]]);
    for (const one of cases) {
      const index = CASES.indexOf(one);
      const cells = BACKENDS.map((name) => columns[name]?.[index] ?? known.get(one.name)?.[name] ?? "?").join(
        " | ",
      );
      rows.set(cells, [...(rows.get(cells) ?? []), one.name]);
    }
    for (const [cells, names] of rows) {
      if (names.length > 0) lines.push(`| ${family} | ${names.map(showName).join("; ")} | ${cells} |`);
    }
  }
  return lines.join("\n");
}

/** Shows the layer as code and its option as text: `conv2d, dilated`. */
function showName(name: string): string {
  const [layer, ...options] = name.split(", ");
  return [`\`${layer}\``, ...options].join(", ");
}

/** Reads the verdicts from the page: Map(case -> { backend: verdict }). */
function readTable(page: string): Map<string, Verdicts> {
  const known = new Map<string, Verdicts>();
  const lines = page.split(BEGIN)[1]?.split(END)[0]?.split("\n") ?? [];
  for (const line of lines) {
    const [, names, ...cells] = line.slice(2, -2).split(" | ");
    const verdicts = Object.fromEntries(BACKENDS.map((name, i) => [name, cells[i]]));
    for (const name of names?.split("; ") ?? []) known.set(name.replaceAll("`", ""), verdicts);
  }
  return known;
}
