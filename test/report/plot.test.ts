import { describe, expect, it } from "vitest";
import { ASCII, BRAILLE, glyphsFor } from "../../src/cli/terminal/plot/glyphs.ts";
import { historyLines } from "../../src/cli/terminal/plot/history.ts";
import { scatterLines } from "../../src/cli/terminal/plot/scatter.ts";
import { bestHistory } from "../../src/report/best-history.ts";
import { type Points, readPoints } from "../../src/report/query/points.ts";
import { FINAL, ownedStudy, temporaryStore } from "../support/store.ts";
import { digits, readerOf } from "./fixture.ts";

/** The pictures of `show` and `query --plot`: data in, lines out. */

const SIZE = { columns: 40, lines: 5 };

function points(xy: readonly (readonly [number, number])[], more: Partial<Points> = {}): Points {
  return {
    ...{ study: "s", left: 0, marked: null, numbers: xy.map((_, i) => i) },
    x: { name: "x", kind: "number", words: null, isLog: false },
    y: { name: "value", kind: "number", words: null, isLog: false },
    xs: xy.map(([x]) => x),
    ys: xy.map(([, y]) => y),
    ...more,
  };
}

const ascii = (xy: readonly (readonly [number, number])[], more?: Partial<Points>): string[] =>
  scatterLines(points(xy, more), ASCII, SIZE);
/** Without the frame: what is drawn right of the axis. */
const inside = (lines: readonly string[]): string[] =>
  lines.filter((line) => /^ *\S* [|+┤│][^-─]*$/.test(line)).map((line) => line.replace(/^ *\S* [|+┤│]/, ""));

describe("a scatter plot", () => {
  it("has axes with numbers, a dot for each trial, and a mark on the best", () => {
    const marked = { as: "best", numbers: new Set([2]) } as const;
    expect(
      ascii(
        [
          [0, 0],
          [5, 5],
          [10, 10],
        ],
        { marked },
      ),
    ).toEqual([
      "s: value over x, 3 trials",
      "10 +                                   O",
      "   |",
      " 5 +                  .",
      "   |",
      " 0 +.",
      "   +------------------------------------",
      "    0                5                10",
      "O the best",
    ]);
  });

  it("draws the same in braille", () => {
    const lines = scatterLines(
      points([
        [0, 0],
        [10, 10],
      ]),
      BRAILLE,
      SIZE,
    );
    expect(lines[1]).toBe(`10 ┤${" ".repeat(35)}⠈`);
    expect(lines[5]).toBe(" 0 ┤⡀");
    expect(lines[6]).toBe(`   └${"─".repeat(36)}`);
  });

  it.each<[string, (readonly [number, number])[], string, number]>([
    ["one point", [[3, 4]], "s: value over x, 1 trial", 1],
    [
      "constants",
      [
        [3, 4],
        [3, 4],
        [3, 4],
      ],
      "s: value over x, 3 trials",
      1,
    ],
    [
      "the largest numbers",
      [
        [-1.7e308, -1.7e308],
        [1.7e308, 1.7e308],
      ],
      "s: value over x, 2 trials",
      2,
    ],
  ])("takes %s", (_, xy, head, drawn) => {
    const lines = ascii(xy);
    expect(lines[0]).toBe(head);
    expect(inside(lines).join("").replaceAll(" ", "")).toHaveLength(drawn);
    expect(lines.join("\n")).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("says in a line that there is nothing to draw", () => {
    expect(ascii([], { left: 7 })).toEqual([
      "s: value over x, 0 trials (7 without a",
      "number in one of them)",
    ]);
  });

  it("places positive numbers of a wide range, and params declared so, by their logarithms", () => {
    const lines = ascii([
      [1, 1],
      [10, 2],
      [100, 3],
      [1_000, 4],
    ]);
    expect(lines.at(-2)).toMatch(/^ +1 +31\.62 +1000$/);
    expect(lines.at(-1)).toBe("x logarithmic");
    expect(inside(lines).map((line) => line.length)).toEqual([35, 24, 0, 12, 1]);
    const x = { ...points([]).x, isLog: true };
    expect(
      ascii(
        [
          [1, 1],
          [2, 2],
        ],
        { x },
      ).at(-1),
    ).toBe("x logarithmic");
    expect(
      ascii([
        [0, 1],
        [1_000, 2],
      ]).at(-1),
    ).not.toContain("logarithmic");
  });

  it("spreads the trials of a word over its room, and names the words", () => {
    const x = { ...points([]).x, words: ["adam", "sgd"] };
    const lines = ascii(
      Array.from({ length: 200 }, (_, i) => [i % 2, i % 10] as const),
      { x },
    );
    expect(lines.at(-1)).toMatch(/^ +adam +sgd$/);
    for (const line of inside(lines)) expect(line.slice(15, 21).trim()).toBe("");
  });

  it.each([12, 40, 200])(
    "keeps to %i columns with 100,000 trials, and shows where they are denser",
    (columns) => {
      // Nearly every dot has a trial, and seven of ten trials are in the lower half.
      const many = Array.from({ length: 100_000 }, (_, i) => {
        const up = (i * 0.7548776662) % 1;
        return [(i * 0.5698402909) % 1, i % 10 < 7 ? up / 2 : up] as const;
      });
      const lines = scatterLines(points(many), BRAILLE, { columns, lines: 16 });
      for (const line of lines.slice(1, 18)) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 19));
      if (columns < 40) return;
      const dots = (line: string): number =>
        [...line].reduce(
          (sum, cell) => sum + (cell.codePointAt(0)! & 0xff).toString(2).split("1").length - 1,
          0,
        );
      const rows = inside(lines);
      expect(dots(rows.at(-2)!)).toBeGreaterThan(1.3 * dots(rows[2]!));
    },
  );

  it("reads two columns of the selected trials, and leaves out those that lack one", async () => {
    const { store } = await digits();
    const reader = await readerOf(store);
    const found = await readPoints(reader, "digits", ["learningRate", "value"], {});
    expect(found).toMatchObject({ xs: [0.01, 0.1, 0.02], ys: [0.9, 0.95, 0.99], left: 3 });
    expect(found.x.isLog).toBe(true);
    expect(found.marked).toEqual({ as: "best", numbers: new Set([1]) });
    const words = await readPoints(reader, "digits", ["optimizer", "memory.peak"], { state: ["complete"] });
    expect(words).toMatchObject({ xs: [0, 1, 0], ys: [1e9, 3e9, 1e9], left: 0, marked: null });
    expect(words.x.words).toEqual(["adam", "sgd"]);
    const truth = await readPoints(reader, "digits", ["batchNorm", "duration"], { limit: 2 });
    expect(truth.x.words).toEqual(["true", "false"]);
  });

  it("marks the front among two values", async () => {
    const store = temporaryStore();
    const owned = await ownedStudy(store, { directions: ["maximize", "minimize"], splitCount: 1 });
    const all = [
      [1, 2],
      [2, 3],
      [0, 4],
      [3, 4],
    ];
    for (const [number, values] of all.entries()) {
      const key = await owned.startTrial({ number, params: {} });
      await owned.finish(key, { state: "complete", values, constraints: [] }, FINAL, { durationMs: 1 });
    }
    const found = await readPoints(await readerOf(store), "digits", ["values.0", "values.1"], {});
    expect(found).toMatchObject({ xs: [1, 2, 0, 3], ys: [2, 3, 4, 4] });
    expect(found.marked).toEqual({ as: "front", numbers: new Set([0, 1, 3]) });
    const marked = { as: "front", numbers: new Set([0, 1]) } as const;
    const lines = ascii(
      [
        [0, 10],
        [10, 0],
        [0, 0],
      ],
      { marked },
    );
    expect(lines.join("").match(/O(?= the|\s|$)/g)?.length).toBeGreaterThanOrEqual(2);
    expect(lines.at(-1)).toBe("O the Pareto front");
  });
});

describe("the history of the best", () => {
  const steps = [0, 10, 30].map((number, i) => ({ number, value: [1, 4, 5][i]! }));

  it("steps up at each improvement, with marks where trials were lost", () => {
    const lines = historyLines({ trials: 41, improvements: steps, lost: [5, 6, 40] }, ASCII, SIZE);
    expect(lines).toEqual([
      "5 +                           *'''''''''",
      expect.stringMatching(/^ {2}\| {9}\S{19}$/),
      "3 +         *",
      "  |         *",
      "1 +.........*",
      "  |    xx                              x",
      "  +-------------------------------------",
      "   0                20                40",
      "the best after each trial; x 3 were lost",
    ]);
  });

  it("is by logarithms in a long study and for values of a wide range", () => {
    const improvements = [1_000, 10, 0.1].map((value, i) => ({ number: i * 20, value }));
    const lines = historyLines({ trials: 5_000, improvements, lost: [] }, BRAILLE, { columns: 80, lines: 5 });
    expect(lines.at(-1)).toBe("the best after each trial; trials logarithmic; values logarithmic");
    expect(lines.at(-2)).toMatch(/^ +0 +70 +4999$/);
  });

  it("is nothing without a value or with one trial, and a line in the middle without an improvement", () => {
    expect(historyLines({ trials: 9, improvements: [], lost: [1] }, ASCII, SIZE)).toEqual([]);
    expect(historyLines({ trials: 1, improvements: steps.slice(0, 1), lost: [] }, ASCII, SIZE)).toEqual([]);
    const flat = historyLines({ trials: 9, improvements: steps.slice(0, 1), lost: [] }, ASCII, SIZE);
    expect(flat.filter((line) => line.startsWith("1 +"))).toHaveLength(1);
  });

  it("is read from the trials that meet their constraints", async () => {
    const { store, owned } = await digits();
    expect(await bestHistory(await readerOf(store), owned.row)).toEqual({
      trials: 6,
      improvements: [
        { number: 0, value: 0.9 },
        { number: 1, value: 0.95 },
      ],
      lost: [2, 3],
    });
  });
});

describe("the characters", () => {
  it.each([
    [{}, BRAILLE],
    [{ LANG: "de_DE.UTF-8" }, BRAILLE],
    [{ LANG: "en_US.utf8", LC_ALL: "C" }, ASCII],
    [{ LC_CTYPE: "en_US.ISO-8859-1" }, ASCII],
    [{ LANG: "C.UTF-8", TERM: "linux" }, ASCII],
  ])("are those of the terminal: %j", (env, glyphs) => {
    expect(glyphsFor(env)).toBe(glyphs);
  });
});
