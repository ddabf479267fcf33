import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const HERE = import.meta.dirname;

/** A part of the compiler's message for each mistake. */
const MESSAGES: Readonly<Record<string, string>> = {
  "array-for-one-direction":
    "Type '[number, number]' is not assignable to type 'OneNumberPerDirection<readonly [Direction]>'",
  "both-directions": `is not assignable to type 'Refused<"expected either direction or directions, got both"`,
  "command-and-train": "'train' does not exist in type 'CommandStudyDefinition<",
  "exclusive-conditions": `Refused<"when: expected conditions that can hold together, got ones that exclude each other"`,
  "misspelt-field": "'limit' does not exist in type 'StudyDefinition<",
  "misspelt-option": "'fold' does not exist in type 'FoldOptions'. Did you mean to write 'folds'?",
  "no-direction": "Property 'direction' is missing",
  "number-in-command": "Type 'number' is not assignable to type 'string'",
  "number-for-two-directions":
    'Type \'number\' is not assignable to type \'Promise<OneNumberPerDirection<readonly ["minimize", "maximize"]>> | OneNumberPerDirection<',
  "number-for-two-directions-in-a-block":
    "Type 'number' is not assignable to type 'OneNumberPerDirection<readonly [\"minimize\", \"maximize\"]>'",
  "param-of-another-branch": "'params.decay' is possibly 'undefined'",
  "returns-nothing": "Type 'void' is not assignable to type 'OneNumberPerDirection<readonly [Direction]>'",
  "space-of-numbers": "Type 'number[]' is missing the following properties from type 'AnyParam'",
  "split-without-validation":
    "Property 'validation' is missing in type '{ train: number[]; test: number[]; }' but required in type 'SplitShape'",
  "tf-without-backend":
    'Property \'sequential\' does not exist on type \'Refused<"tf exists only in a study with a backend: add backend: \\"auto\\""',
  "too-few-aggregates": "is not assignable to type 'Aggregate | readonly [Aggregate, Aggregate]'",
  "too-few-values": "Source has 2 element(s) but target requires 3",
  "too-many-values": `Type 'number' is not assignable to type 'Refused<"expected 2 numbers, one for each direction"`,
  "too-many-values-in-a-block": `Type 'number' is not assignable to type 'Refused<"expected 2 numbers, one for each direction"`,
  "unchecked-conditional": "Type 'number | undefined' is not assignable to type 'number'",
  "unknown-default":
    "'learningRat' does not exist in type 'DefaultsOf<{ readonly learningRate: Param<number, unknown>; }>'. Did you mean to write 'learningRate'?",
  "unknown-key-of-data":
    "Property 'label' does not exist on type '{ labels: number[]; }'. Did you mean 'labels'?",
  "unknown-key-of-split": "Property 'valid' does not exist on type 'Split'",
  "unknown-param":
    "Property 'learningRat' does not exist on type '{ readonly learningRate: number; }'. Did you mean 'learningRate'?",
  "unknown-param-in-command":
    "Property 'learningRat' does not exist on type '{ readonly learningRate: number; }'. Did you mean 'learningRate'?",
  "unknown-parent":
    'Refused<"when: expected the name of another param of this space, got \\"optimiser\\"", "optimizer">',
  "wrong-aggregate": "Type 'readonly number[]' is not assignable to type 'number'",
  "wrong-choice": `the types '"adam" | "sgd"' and '"adamw"' have no overlap`,
  "wrong-constraints": "Type 'number' is not assignable to type 'readonly number[]'",
  "wrong-default": `Type '"adamw"' is not assignable to type '"adam" | "sgd" | undefined'. Did you mean '"adam"'?`,
  "wrong-direction": `Type '"maximise"' is not assignable to type '"maximize" | "minimize"'. Did you mean '"maximize"'?`,
  "wrong-pruner": `Type '"medain"' is not assignable to type 'Pruner | PrunerName'. Did you mean '"median"'?`,
  "wrong-sampler": `Type '"tpee"' is not assignable to type 'Sampler | SamplerName'. Did you mean '"tpe"'?`,
  "wrong-value-of-parent": 'Refused<"when: \\"optimizer\\" is never \\"SGD\\"", "adam" | "sgd">',
};

/** The compiler's errors by file, each with the lines that explain it. */
const errors = new Map<string, string[]>();

beforeAll(() => {
  const compiler = join(HERE, "../../node_modules/.bin/tsc");
  const { stdout, status } = spawnSync(compiler, ["--noEmit", "--pretty", "false", "-p", HERE], {
    encoding: "utf8",
  });
  expect([1, 2], "the compiler finds errors, and does not itself fail").toContain(status);
  for (const error of stdout.split(/\n(?=\S)/)) {
    const file = /^(.*?\.ts)\(\d+,\d+\): error /.exec(error)?.[1] ?? "no file";
    const name = /fixtures\/(.*)\.ts$/.exec(file)?.[1] ?? file;
    errors.set(name, [...(errors.get(name) ?? []), error]);
  }
});

function fixtures(folder: string): string[] {
  return readdirSync(join(HERE, "fixtures", folder)).map((file) => file.replace(/\.ts$/, ""));
}

describe("a study with a mistake does not compile", () => {
  it.each(fixtures("bad"))("%s", (name) => {
    const found = errors.get(`bad/${name}`) ?? [];
    expect(found, "one mistake, one error").toHaveLength(1);
    const longest = Math.max(...(found[0] ?? "").split("\n").map(({ length }) => length));
    expect(longest, "a line that people still read").toBeLessThan(450);
    expect(found[0]).toContain(MESSAGES[name] ?? "an expected message in this test's table");
  });

  it("every bad fixture has a message in the table", () => {
    expect(Object.keys(MESSAGES).sort()).toEqual(fixtures("bad").sort());
  });
});

describe("a good study compiles", () => {
  it.each(fixtures("good"))("%s", (name) => {
    expect(errors.get(`good/${name}`) ?? []).toEqual([]);
  });

  it("no other file has an error", () => {
    const others = [...errors.keys()].filter((name) => !/^(good|bad)\//.test(name));
    expect(others.flatMap((name) => errors.get(name)!)).toEqual([]);
  });
});
