// Three small tables that come with packages of this repository.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Rows of features, and a target for each. */
export interface Table {
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

const require = createRequire(import.meta.url);

function vega(name: string): Record<string, unknown>[] {
  return JSON.parse(
    readFileSync(join(dirname(require.resolve("vega-datasets")), "..", "data", name), "utf8"),
  );
}

/** The rows in which all features and the target are known. */
function known(raw: Record<string, unknown>[], features: readonly string[], target: string): Table {
  const whole = raw.filter((row) => [...features, target].every((name) => row[name] !== null));
  const words = [...new Set(whole.map((row) => String(row[target])))];
  const number = (value: unknown): number =>
    typeof value === "number"
      ? value
      : /^\d{4}-/.test(String(value))
        ? Number(String(value).slice(0, 4))
        : words.indexOf(String(value));
  return {
    rows: whole.map((row) => features.map((name) => number(row[name]))),
    targets: whole.map((row) => number(row[target])),
  };
}

/** 342 penguins of three species. */
export function penguins(): Table {
  const features = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];
  return known(vega("penguins.json"), features, "Species");
}

/** 392 cars, and their miles per gallon. */
export function cars(): Table {
  const features = ["Cylinders", "Displacement", "Horsepower", "Weight_in_lbs", "Acceleration", "Year"];
  return known(vega("cars.json"), features, "Miles_per_Gallon");
}

const SIDE = 28;
const CELL = 4;

/** 400 handwritten digits of 7 x 7 pixels. */
export function digits(): Table {
  const rows: number[][] = [];
  const targets: number[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const file = require.resolve(`mnist/src/digits/${digit}.json`);
    const { data } = JSON.parse(readFileSync(file, "utf8")) as { data: number[] };
    for (let image = 0; image < 40; image++) {
      const row = new Array<number>((SIDE / CELL) ** 2).fill(0);
      for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
        const cell =
          Math.floor(Math.floor(pixel / SIDE) / CELL) * (SIDE / CELL) + Math.floor((pixel % SIDE) / CELL);
        row[cell]! += data[image * SIDE * SIDE + pixel]! / CELL ** 2;
      }
      rows.push(row);
      targets.push(digit);
    }
  }
  return { rows, targets };
}
