import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A day in Seattle, as the package vega-datasets has it: degrees Celsius, millimetres, metres per second. */
export interface Day {
  readonly date: string;
  /** The time of the year: 0 is the first of January, 1 the next one. */
  readonly season: number;
  readonly high: number;
  readonly low: number;
  readonly rain: number;
  readonly wind: number;
}

/** Every day from 2012 to 2015, 1,461 in the order of time; none is missing. */
export async function loadDays(): Promise<Day[]> {
  // The package exports its main file only; the data lies beside it.
  const main = createRequire(import.meta.url).resolve("vega-datasets");
  const text = await readFile(join(dirname(main), "..", "data", "seattle-weather.csv"), "utf8");
  const lines = text.trim().split("\n").slice(1);
  return lines.map((line) => {
    const [date = "", ...columns] = line.split(",");
    const [rain = 0, high = 0, low = 0, wind = 0] = columns.map(Number);
    return { date, season: seasonOf(date), high, low, rain, wind };
  });
}

function seasonOf(date: string): number {
  const year = Number(date.slice(0, 4));
  const [start, end] = [Date.UTC(year, 0), Date.UTC(year + 1, 0)];
  return (Date.parse(date) - start) / (end - start);
}
