import { type Choice, checkDistribution, type Distribution } from "../../core/distribution.ts";
import type { Space, SpaceParam } from "../../core/space.ts";
import type { SplitsReport } from "../../core/splits-report.ts";
import { BACKEND_CHOICES, type StudyLimits, type StudyManifest } from "../../core/study.ts";
import {
  anyNumber,
  fields,
  flag,
  list,
  nullable,
  number,
  partial,
  type Reader,
  record,
  text,
  unfit,
  whole,
  word,
} from "./fields.ts";

/** Readers of what a host tells while it is made ready: the study's own code has run by then. */

const NAME = /^[\w.-]{1,64}$/;
const name: Reader<string> = (value, at) =>
  typeof value === "string" && NAME.test(value) ? value : unfit(at, "a name", value);

const choice: Reader<Choice> = (value, at) =>
  value === null || typeof value === "string" || typeof value === "boolean" ? value : number()(value, at);

const RANGE = { low: number(), high: number(), log: flag };
const KINDS = {
  float: record({ kind: word(["float"]), ...RANGE, step: nullable(number()) }),
  int: record({ kind: word(["int"]), ...RANGE, step: number() }),
  categorical: record({ kind: word(["categorical"]), choices: list(choice) }),
};

const distribution: Reader<Distribution> = (value, at) => {
  const kind = word(["float", "int", "categorical"])(fields(value, at).kind, `${at}.kind`);
  const read = KINDS[kind](value, at);
  checkDistribution(at, read);
  return read;
};

const space: Reader<Space> = (value, at) => {
  const param = (place: number): Reader<SpaceParam> =>
    record({
      name,
      distribution,
      when: list(record({ parent: whole(place), values: list(number()) })), // parents stand before their children
    });
  const params = list((each: unknown) => each)(fields(value, at).params, `${at}.params`);
  if (params.length === 0) return unfit(`${at}.params`, "at least one", params);
  return { params: params.map((each, i) => param(i)(each, `${at}.params[${i}]`)) };
};

const TIME_OR_SIZE: Reader<number> = number(0);
const limits: Reader<StudyLimits> = partial({
  splitTimeoutMs: TIME_OR_SIZE,
  trialTimeoutMs: TIME_OR_SIZE,
  setupTimeoutMs: TIME_OR_SIZE,
  memoryBytes: TIME_OR_SIZE,
});

/** What a study file declares. */
export const manifest: Reader<StudyManifest> = (value, at) => {
  const read = record({
    name,
    directions: list(word(["minimize", "maximize"])),
    space,
    backend: nullable(word(BACKEND_CHOICES)),
    limits,
    noise: flag,
    sampler: nullable(text(200)),
    pruner: nullable(text(200)),
    trials: nullable(whole()),
  })(value, at);
  return read.directions.length > 0 ? read : unfit(`${at}.directions`, "at least one", read.directions);
};

const label = text(1_000);
const pair =
  <A, B>(first: Reader<A>, second: Reader<B>): Reader<readonly [A, B]> =>
  (value, at) => {
    const [one, two] = list((each: unknown) => each, 2)(value, at);
    return [first(one, `${at}[0]`), second(two, `${at}[1]`)];
  };

/** What splits are like, for `check`. */
export const splitsReport: Reader<SplitsReport> = record({
  splits: list(
    record({
      train: whole(),
      validation: whole(),
      test: whole(),
      shared: list(record({ parts: pair(label, label), count: whole(), example: anyNumber })),
    }),
  ),
  rows: nullable(whole()),
  largestRow: anyNumber,
  unused: number(0),
  classes: nullable(
    record({
      from: label,
      shares: list(pair(label, anyNumber)),
      largestDeviation: anyNumber,
      untrained: list(record({ split: whole(), label })),
    }),
  ),
});
