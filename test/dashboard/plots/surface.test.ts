import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { densityRaster } from "../../../src/dashboard/client/plots/surface/density.ts";
import { rasterPng } from "../../../src/dashboard/client/plots/surface/raster.ts";
import { shorten, textWidth } from "../../../src/dashboard/client/plots/surface/surface.ts";
import { svgSurface } from "../../../src/dashboard/client/plots/surface/svg.ts";
import { RANKS, rankColor, themeOf } from "../../../src/dashboard/client/plots/surface/theme.ts";

const theme = themeOf();

describe("cells of density", () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });

  test("hold every point that has a place, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, unit), { maxLength: 50 }), (places) => {
        const [xs, ys] = [0, 1].map((k) => Float32Array.from(places, (place) => place[k]!));
        const ranks = new Uint8Array(places.length);
        const raster = densityRaster({ xs: xs!, ys: ys!, ranks, mask: null }, 10, 10, theme);
        const wanted = new Set(
          places.map((_, i) => {
            const column = Math.min(9, Math.floor(xs![i]! * 10));
            const row = Math.min(9, 9 - Math.min(9, Math.floor(ys![i]! * 10 - 1e-9)));
            return row * 10 + column;
          }),
        );
        const filled = [...raster.cells.keys()].filter((cell) => raster.cells[cell] !== 0);
        expect(new Set(filled)).toEqual(wanted);
      }),
    );
  });

  test("show the best of the points in a cell, and leave out what a filter or a NaN takes out", () => {
    const xs = Float32Array.of(0.5, 0.5, 0.1, Number.NaN, 7);
    const ys = Float32Array.of(0.5, 0.5, 0.1, 0.2, 0.2);
    const ranks = Uint8Array.of(9, 3, 0, 0, 0);
    const mask = Uint8Array.of(1, 1, 0, 1, 1);
    const { cells, palette } = densityRaster({ xs, ys, ranks, mask }, 4, 4, theme);
    const filled = [...cells].filter((cell) => cell !== 0);
    expect(filled).toHaveLength(1);
    const colour = [...palette.subarray(filled[0]! * 4, filled[0]! * 4 + 3)];
    expect(`rgb(${colour.join()})`).toBe(rankColor(theme, 3));
  });
});

test("a raster becomes a PNG with the same cells", () => {
  const cells = Uint8Array.from({ length: 300 * 250 }, (_, i) => i % 7);
  const png = rasterPng({ columns: 300, rows: 250, cells, palette: new Uint8Array(7 * 4).fill(9) });
  const view = new DataView(png.buffer);
  expect([...png.subarray(1, 4)].map((code) => String.fromCharCode(code)).join("")).toBe("PNG");
  let at = 8;
  let data = new Uint8Array(0);
  while (at < png.length) {
    const length = view.getUint32(at);
    if (String.fromCharCode(...png.subarray(at + 4, at + 8)) === "IDAT")
      data = png.slice(at + 8, at + 8 + length);
    at += 12 + length;
  }
  const lines = inflateSync(data);
  expect(lines.length).toBe(250 * 301);
  expect([...lines.subarray(301 + 1, 301 + 11)]).toEqual([...cells.subarray(300, 310)]);
});

describe("SVG", () => {
  test("holds any text as text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const surface = svgSurface(100, 50);
        surface.text(text, 1, 2, { color: "#000" });
        const document = surface.document(text);
        const inside = document.slice(document.indexOf("<title>") + 7, document.indexOf("</title>"));
        expect(inside).not.toMatch(/[<>"\0]/);
        expect(document.match(/</g)).toHaveLength(6);
      }),
    );
  });

  test("interrupts a line where there is no number", () => {
    const surface = svgSurface(100, 50);
    surface.line([0, 1, 2, 3, 4], [0, 1, Number.NaN, 3, Number.POSITIVE_INFINITY], 5, { stroke: "#000" });
    expect(surface.document("")).toContain('d="M0 0L1 1M3 3"');
  });
});

test("a text is cut where its room ends, and never within a character", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 600 }),
      fc.integer({ min: 0, max: 300 }),
      (text, width) => {
        const shown = shorten(text, width);
        expect(textWidth(shown)).toBeLessThanOrEqual(Math.max(width, 0) + 1e-9);
        expect(() => encodeURIComponent(shown)).not.toThrow();
      },
    ),
  );
});

describe("the colours of ranks", () => {
  /** How light a colour looks, which is what is left of it in grey and for any colour vision. */
  const luminance = ([r, g, b]: readonly [number, number, number]): number =>
    0.2126 * r + 0.7152 * g + 0.0722 * b;

  test.each([
    ["light", ""],
    ["dark", "#e8e8e4"],
  ])("go one way in lightness on a %s page, the best away from the background", (_, ink) => {
    const { ranks, isDark } = themeOf((name) => (name === "--ink" ? ink : ""));
    const lights = ranks.map(luminance);
    expect(ranks).toHaveLength(RANKS);
    expect(lights).toEqual([...lights].sort((a, b) => (isDark ? b - a : a - b)));
  });
});

test("A name that does not fit keeps its beginning and its end, so that names of one kind differ", () => {
  const shown = ["param188", "param189"].map((name) => shorten(name, 44, 12));
  expect(new Set(shown).size).toBe(2);
  for (const text of shown) {
    expect(text).toMatch(/^p.*…\d+$/);
    expect(textWidth(text, 12)).toBeLessThanOrEqual(44);
  }
  expect(shorten("rate", 44, 12)).toBe("rate");
  expect(shorten("rate", 2, 12)).toBe("");
});
