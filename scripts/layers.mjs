#!/usr/bin/env node
// Trains every layer of TensorFlow.js for one step on every backend that works here, and writes the table of
// docs/tensorflow.md between its markers. Needs a build (`npm run build`).
//
//   node scripts/layers.mjs               print the table and write it
//   node scripts/layers.mjs --check       print it, and exit with 1 if the page says something else
//   node scripts/layers.mjs --from DIR    look for backends from DIR first, as for a study file in DIR
//
// A backend that is not to be had here keeps its column as it is in the page. Each backend has a process of its own; one
// that dies is started again after the layer that killed it. "ok" means more than that nothing threw: the weights after
// the step are those of the plain JavaScript backend, and a gradient has passed through the layer.

import { fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seedMathRandom } from "../dist/core/seeded.js";
import { backendEnvironment } from "../dist/tensorflow/environment.js";
import { loadBackend } from "../dist/tensorflow/load.js";
import { resolveBackend } from "../dist/tensorflow/resolve.js";
import { LAYER_CASES, NOT_CASES } from "./layers-cases.mjs";

const PAGE = new URL("../docs/tensorflow.md", import.meta.url);
const BEGIN = "<!-- layers: written by scripts/layers.mjs -->";
const END = "<!-- /layers -->";
const BACKENDS = ["cpu", "wasm", "node"];
const ROWS = 4;
const TOLERANCE = 1e-4;
const CASES = Object.values(LAYER_CASES).flat();

/** @typedef {{ ok: true, numbers: number[] } | { ok: false, why: string }} Trained */

if (process.send) process.on("message", (task) => void train(task));
else await main();

async function main() {
  const { values } = parseArgs({ options: { check: { type: "boolean" }, from: { type: "string" } } });
  checkCoverage();
  /** @type {Record<string, string[]>} */
  const columns = {};
  let reference = null;
  for (const backend of BACKENDS) {
    const resolution = await resolveBackend(backend, values.from ? { fromDirectory: values.from } : {}).catch(
      (error) => void console.error(`${backend}: kept from the page: ${error.message}`),
    );
    if (!resolution) continue;
    const results = await trainAll(resolution);
    reference ??= results;
    columns[backend] = results.map((result, index) => verdict(result, reference[index]));
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
    console.error("docs/tensorflow.md says something else: run node scripts/layers.mjs");
    process.exitCode = 1;
  }
}

/** A layer that a later version brings must not be missing from the table in silence. */
function checkCoverage() {
  const tf = createRequire(import.meta.url)("@tensorflow/tfjs");
  const covered = new Set([...NOT_CASES, ...CASES.map(({ name }) => name.split(/[ ,]/)[0])]);
  const missing = Object.keys(tf.layers).filter((name) => !covered.has(name));
  if (missing.length > 0) throw new Error(`scripts/layers-cases.mjs: no case for ${missing.join(", ")}`);
}

/**
 * Trains all cases on one backend, in a process that is replaced when it dies.
 *
 * @returns {Promise<Trained[]>}
 */
async function trainAll(resolution) {
  /** @type {Trained[]} */
  const results = [];
  while (results.length < CASES.length) {
    const from = results.length;
    const ending = await new Promise((resolve) => {
      const child = fork(fileURLToPath(import.meta.url), {
        env: { ...process.env, ...backendEnvironment(resolution.backend, { threads: 1 }) },
        serialization: "advanced",
      });
      child.on("message", (result) => {
        results.push(result);
        if (results.length === CASES.length) child.kill("SIGKILL");
      });
      child.on("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
      child.send({ resolution, from });
    });
    if (results.length < CASES.length) results.push({ ok: false, why: `the process dies (${ending})` });
    if (results.length === from) throw new Error(`${resolution.backend}: the process never starts`);
  }
  return results;
}

/** The program of a child: one step of each case from `from` on, each result sent as it comes. */
async function train({ resolution, from }) {
  const tf = await loadBackend(resolution);
  for (const one of CASES.slice(from)) {
    tf.engine().startScope();
    const result = await trainOne(tf, one).catch((error) => ({ ok: false, why: explain(error) }));
    tf.engine().endScope();
    await new Promise((sent) => process.send(result, sent));
  }
}

/** @returns {Promise<Trained>} */
async function trainOne(tf, one) {
  const restore = seedMathRandom(1);
  try {
    const model = build(tf, one);
    const xs = Array.from({ length: one.inputs ?? 1 }, (_, salt) =>
      numbers(tf, [ROWS, ...one.input], salt, one.classes),
    );
    const firstBefore = model.getWeights()[0].arraySync();
    await model.fit(xs, numbers(tf, [ROWS, 1], 9), { batchSize: ROWS, epochs: 1, verbose: 0 });
    const weights = model.getWeights();
    const moved = JSON.stringify(weights[0].arraySync()) !== JSON.stringify(firstBefore);
    if (!moved) return { ok: false, why: "no gradient passes" };
    return { ok: true, numbers: weights.flatMap((weight) => Array.from(weight.dataSync())) };
  } finally {
    restore();
  }
}

/** input -> dense, so that a gradient must pass through the layer -> the layer -> flatten -> dense. */
function build(tf, { make, next, input, inputs = 1, first, classes }) {
  const { layers } = tf;
  const entries = Array.from({ length: inputs }, () => tf.input({ shape: input }));
  const fronts = entries.map((x) => (first || classes ? x : layers.dense({ units: input.at(-1) }).apply(x)));
  let out = make(layers, tf).apply(inputs === 1 ? fronts[0] : fronts);
  if (next) out = next(layers).apply(out);
  if (out.shape.length > 2) out = layers.flatten().apply(out);
  const model = tf.model({ inputs: entries, outputs: layers.dense({ units: 1 }).apply(out) });
  model.compile({ optimizer: tf.train.sgd(0.05), loss: "meanSquaredError" });
  return model;
}

/** Numbers that look random and are the same everywhere. */
function numbers(tf, shape, salt, classes) {
  const size = shape.reduce((product, length) => product * length, 1);
  const wave = Float32Array.from({ length: size }, (_, i) => Math.sin((i + 1) * 12.9898 + salt * 78.233));
  return tf.tensor(classes ? wave.map((v) => Math.floor(Math.abs(v) * (classes - 0.1))) : wave, shape);
}

/** The error as the table says it: missing kernels and gradients by name, others by how they begin. */
function explain(error) {
  const message = String(error?.message ?? error)
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

/** @param {Trained} result @param {Trained} reference */
function verdict(result, reference) {
  if (!result.ok) return result.why;
  if (!reference.ok) return "ok";
  const scale = Math.max(1e-3, ...reference.numbers.map(Math.abs));
  const error =
    Math.max(...result.numbers.map((number, i) => Math.abs(number - reference.numbers[i]))) / scale;
  return error <= TOLERANCE ? "ok" : `other weights than \`cpu\`: off by ${error.toPrecision(1)}`;
}

/** One row for the cases of a family with the same verdicts, those that train everywhere first. */
function render(columns, known) {
  const lines = [
    `| | layers | ${BACKENDS.map((name) => `\`${name}\``).join(" | ")} |`,
    "| --- | --- | --- | --- | --- |",
  ];
  for (const [family, cases] of Object.entries(LAYER_CASES)) {
    const rows = new Map([[BACKENDS.map(() => "ok").join(" | "), []]]);
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

/** `conv2d, dilated` -> the layer as code, its option as text. */
function showName(name) {
  const [layer, ...options] = name.split(", ");
  return [`\`${layer}\``, ...options].join(", ");
}

/** The verdicts that the page has now: Map(case -> { backend: verdict }). */
function readTable(page) {
  const known = new Map();
  const lines = page.split(BEGIN)[1]?.split(END)[0]?.split("\n") ?? [];
  for (const line of lines) {
    const [, names, ...cells] = line.slice(2, -2).split(" | ");
    const verdicts = Object.fromEntries(BACKENDS.map((name, i) => [name, cells[i]]));
    for (const name of names?.split("; ") ?? []) known.set(name.replaceAll("`", ""), verdicts);
  }
  return known;
}
