import { categorical, defineStudy, float, int, mean, meanMinusStd, type ParamsOf, walkForward } from "belay";
import { type Day, loadDays } from "./weather-data.ts";
import { analogues, ridge } from "./weather-models.ts";

// How warm will it be in Seattle? Each evening, the highest temperature of the day after tomorrow is forecast. The value
// of a trial is its skill: by which share its error is smaller than that of the better of two naive forecasts. 0 is no
// better than naive, 1 is perfect; params whose skill varies between seasons are worth a little less.

/** From the last day that is known to the one that is forecast. */
const HORIZON = 2;
const LONGEST_PAST = 14;
/** The days to forecast up to here are the study's; those from it on are kept for one last score. */
const HELD_OUT_FROM = "2015-01-01";

const space = {
  pastDays: int(1, LONGEST_PAST),
  seasonWaves: int(0, 3),
  model: categorical(["ridge", "analogues"]),
  shrinkage: float(1e-1, 1e4, { log: true }).when("model", "ridge"),
  neighbours: int(5, 200, { log: true }).when("model", "analogues"),
};

export default defineStudy({
  name: "weather",
  direction: "maximize",
  space,
  limits: { splitTimeout: "1m", memory: "1GiB" },
  data: async () => {
    const days = await loadDays();
    return { days, evenings: eveningsOf(days).filter((evening) => !isHeldOut(days, evening)) };
  },
  // What follows an evening is known HORIZON days later. Without the gap, training would look into the future.
  splits: ({ evenings }) => walkForward(evenings, { folds: 6, validation: 90, gap: HORIZON }),
  train: ({ params, split, data: { days, evenings } }) => {
    const pick = (rows: readonly number[]) => rows.map((row) => evenings[row]!);
    const errors = forecastErrors(days, params, pick(split.train), pick(split.validation));
    return 1 - errors.model / Math.min(errors.persistence, errors.climatology);
  },
  aggregate: meanMinusStd(0.1),
});

type Params = ParamsOf<typeof space>;

/** Fits the chosen params to all rows of the study, and forecasts the year that no split has seen. */
export async function scoreHeldOut({ params }: { readonly params: Params }) {
  const days = await loadDays();
  const evenings = eveningsOf(days);
  const unknown = evenings.filter((evening) => isHeldOut(days, evening));
  const known = evenings.filter((evening) => evening + HORIZON < unknown[0]!);
  const errors = forecastErrors(days, params, known, unknown);
  return {
    what: `mean error in degrees Celsius over the ${unknown.length} days from ${HELD_OUT_FROM} on`,
    scores: {
      [`this ${params.model} model`]: errors.model,
      "naive: as warm as today": errors.persistence,
      "naive: as warm as is usual at this time of the year": errors.climatology,
    },
  };
}

/** Fits to the evenings `known`, forecasts from the evenings `unknown`: mean absolute errors, the naive ones too. */
function forecastErrors(
  days: readonly Day[],
  params: Params,
  known: readonly number[],
  unknown: readonly number[],
) {
  const followed = (evening: number) => days[evening + HORIZON]!.high;
  const seen = (evening: number) => features(days, evening, params);
  const past = { x: known.map(seen), y: known.map(followed) };
  const forecast =
    params.model === "ridge" ? ridge(past, params.shrinkage) : analogues(past, params.neighbours);
  const error = (guess: (evening: number) => number) =>
    mean(unknown.map((evening) => Math.abs(guess(evening) - followed(evening))));
  return {
    model: error((evening) => forecast(seen(evening))),
    persistence: error((evening) => days[evening]!.high),
    climatology: error((evening) => usualHigh(days, known, days[evening + HORIZON]!.season)),
  };
}

/** What is known in the evening: the last days, and the season of the day to forecast. */
function features(days: readonly Day[], evening: number, { pastDays, seasonWaves }: Params): number[] {
  const past = days.slice(evening - pastDays + 1, evening + 1);
  const angle = 2 * Math.PI * days[evening + HORIZON]!.season;
  const waves = Array.from({ length: seasonWaves }, (_, wave) => angle * (wave + 1));
  return [
    ...past.flatMap(({ high, low, rain, wind }) => [high, low, Math.log1p(rain), wind]),
    ...waves.flatMap((wave) => [Math.sin(wave), Math.cos(wave)]),
  ];
}

/** The mean high of the known evenings within two weeks of this time of the year. */
function usualHigh(days: readonly Day[], known: readonly number[], season: number): number {
  const near = known.filter((evening) => {
    const apart = Math.abs(days[evening]!.season - season);
    return Math.min(apart, 1 - apart) < 14.5 / 365;
  });
  return mean(near.map((evening) => days[evening]!.high));
}

/** The days with enough past before them, and the day to forecast after them. */
function eveningsOf(days: readonly Day[]): number[] {
  return [...days.keys()].slice(LONGEST_PAST - 1, -HORIZON);
}

function isHeldOut(days: readonly Day[], evening: number): boolean {
  return days[evening + HORIZON]!.date >= HELD_OUT_FROM;
}
