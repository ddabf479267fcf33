import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mean, std } from "belay";
import { expect, test } from "vitest";
import weather from "../../../studies/weather.ts";
import { loadDays } from "../../../studies/weather-data.ts";
import { analogues, ridge } from "../../../studies/weather-models.ts";
import { belay, folder, trials } from "../../support/belay.ts";
import { script } from "../../support/scripts.ts";

const STUDY = fileURLToPath(new URL("../../../studies/weather.ts", import.meta.url));
const FINAL_SCORE = script("final-score");

/** A setup context that does not cache data. */
const context = {
  seed: 0,
  cached: async <Data>({ load }: { readonly load: () => Data | Promise<Data> }) => load(),
  progress: () => {},
};

test("the study beats both naive forecasts, also for the year that no split has seen", async () => {
  const cwd = folder();
  const launched = await belay(cwd, ["launch", STUDY, "--trials", "15", "--seed", "1"]);
  expect(launched).toMatchObject({ code: 0 });

  const ran = await trials(cwd, "weather");
  expect(ran.every(({ state, splits }) => state === "complete" && splits.length === 6)).toBe(true);
  expect(Math.max(...ran.map(({ value }) => value ?? -1))).toBeGreaterThan(0.04);
  for (const { value, splits } of ran) {
    const skills = splits.map(({ value }) => value);
    expect(value).toBeCloseTo(mean(skills) - 0.1 * std(skills), 12);
  }

  const { stdout } = await promisify(execFile)(process.execPath, [...FINAL_SCORE, "weather"], { cwd });
  const [model = 9, persistence = 0, climatology = 0] = [...stdout.matchAll(/^ {2}([\d.]+) {2}/gm)].map((m) =>
    Number(m[1]),
  );
  expect(persistence).toBeCloseTo(3.132, 3);
  expect(climatology).toBeCloseTo(3.145, 3);
  expect(model).toBeLessThan(3);
});

test("the days are consecutive", async () => {
  const days = await loadDays();
  expect(days).toHaveLength(1_461);
  const times = days.map(({ date }) => Date.parse(date) / 86_400_000);
  expect(times.every((time, at) => time === times[0]! + at)).toBe(true);
  expect(days.every(({ high, low }) => high >= low)).toBe(true);
});

test("no split trains on a day after its first validation day, and none uses 2015", async () => {
  const data = await weather.data!(context);
  const splits = await weather.splits!(data, { seed: 0 });
  expect(splits).toHaveLength(6);
  for (const { train, validation } of splits) {
    const lastFollowed = data.evenings[train.at(-1)!]! + 2;
    expect(lastFollowed).toBeLessThan(data.evenings[validation[0]!]!);
    expect(validation).toHaveLength(90);
  }
  expect(data.days[data.evenings.at(-1)! + 2]!.date).toBe("2014-12-31");
});

test("ridge finds the weights of a line, and shrinks them with a penalty", () => {
  const x = Array.from({ length: 50 }, (_, row) => [Math.sin(row), Math.cos(3 * row)]);
  const y = x.map(([a = 0, b = 0]) => 4 + 2 * a - 3 * b);
  expect(ridge({ x, y }, 1e-9)([0.5, 0.25])).toBeCloseTo(4 + 1 - 0.75, 6);
  expect(ridge({ x, y }, 1e9)([0.5, 0.25])).toBeCloseTo(mean(y), 4);
});

test("analogues predicts the mean of the values that followed the nearest rows", () => {
  const known = { x: [[0], [1], [10], [11]], y: [5, 7, 100, 200] };
  expect(analogues(known, 2)([0.4])).toBe(6);
});
