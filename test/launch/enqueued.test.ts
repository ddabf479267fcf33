import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BelayError } from "../../src/core/error.ts";
import { categorical, float } from "../../src/core/space/param.ts";
import { firstParams, readEnqueued } from "../../src/launch/enqueued.ts";
import { readSpace } from "../../src/study/read-space.ts";
import { folder, write } from "../support/belay.ts";

/** The first trials of a study: the defaults of its file, and what `--enqueue` asks for. */

const space = readSpace({
  x: float(0, 1),
  kind: categorical(["a", null]),
  only: float(0, 1).when("kind", "a"),
  below: float(0, 1).when("only", 1),
});

/** The params that a file asks for. */
function first(text: string, defaults: Record<string, number | string> | null = null) {
  const cwd = folder();
  write(cwd, { seeds: text });
  const file = join(cwd, "seeds");
  try {
    return firstParams("study.ts", { space, defaults }, readEnqueued("--enqueue", file));
  } catch (error) {
    if (!(error instanceof BelayError) || error.message.includes("\n")) throw error;
    throw new BelayError(error.code, error.message.replaceAll(file, "seeds"));
  }
}

it.each([
  ["lines", '{"x":0.5}\n{"kind":"a"}\n'],
  ["lines of Windows, with a mark at the start", '\uFEFF{"x":0.5}\r\n\r\n{"kind":"a"}'],
  ["an array", ' [{"x":0.5},\n {"kind":"a"}]'],
])("reads %s", (_, text) => {
  expect(first(text)).toEqual([{ x: 0.5 }, { kind: "a" }]);
});

it("reads a text that begins with a brace as params, not as a file", () => {
  expect(readEnqueued("--enqueue", ' {"x":0.5}')).toEqual([{ from: "--enqueue", params: { x: 0.5 } }]);
});

it("null leaves a param open, except where it is a choice", () => {
  expect(first('{"x":null,"kind":null}\n{"x":0.5,"only":null}')).toEqual([{ kind: null }, { x: 0.5 }]);
});

it("the defaults come first, without those that cannot be active beside the others", () => {
  const defaults = { x: 0.5, kind: "a", only: 0.25, below: 0.125 };
  expect(first('{"x":1}', defaults)).toEqual([{ x: 0.5, kind: "a", only: 0.25 }, { x: 1 }]);
});

describe("refuses in one line", () => {
  it.each([
    ["", '--enqueue: expected a file with params, got "seeds", which is empty'],
    ["\n \n", "which is empty"],
    ["[]", "which is empty"],
    ["[1]", "seeds[0]: expected a JSON object, got 1"],
    [
      '[{"x":1}',
      "seeds: expected one JSON array, or a JSON object on each line, got an array that is no JSON",
    ],
    ['{"x":1}\n\n{"x":', "seeds:3: expected a JSON object such as"],
    ["x,kind\n0.5,a", 'seeds:1: expected a JSON object such as \'{"learningRate":0.01}\', got "x,kind"'],
    ['{"x":1}\n{"x":5}', "seeds:2: param x: expected 0..1, got 5"],
    ['[{"x":1},{"y":5}]', 'seeds[1]: param "y": expected a param of the space'],
    [
      '{"x":"0.5"}\n{"x":1}\n{"y":1}',
      'seeds:1: param x: expected 0..1, got "0.5"; one more entry is wrong too',
    ],
    ['{"x":9}\n{"x":8}\n{"y":1}', "seeds:1: param x: expected 0..1, got 9; 2 more entries are wrong too"],
    [
      '{"kind":null,"only":0.5}',
      "seeds:1: param only: expected no value, since it is inactive here, got 0.5",
    ],
    [
      '{"kind":null,"below":0.5}',
      "seeds:1: param below: expected no value, since it is inactive here, got 0.5",
    ],
  ])("%j", (text, message) => {
    expect(() => first(text)).toThrow(message);
  });

  it("what is no file", () => {
    const cwd = folder();
    const wrong = (file: string) => () => readEnqueued("--enqueue", file);
    expect(wrong("none")).toThrow('or a file of such objects, got "none", which is no file');
    expect(wrong(cwd)).toThrow("which cannot be read (EISDIR)");
  });
});
