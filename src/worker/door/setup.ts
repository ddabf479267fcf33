import { AGGREGATE_KINDS } from "../../core/aggregate.ts";
import type { StudyLimits } from "../../core/limits.ts";
import { DIRECTIONS } from "../../core/search/direction.ts";
import { MAX_SPEC_LENGTH } from "../../core/search/spec.ts";
import { SPLIT_ORDERS } from "../../core/search/split-order.ts";
import { type Choice, checkDistribution, type Distribution } from "../../core/space/distribution.ts";
import type { Space, SpaceParam } from "../../core/space/space.ts";
import type { SplitsReport } from "../../core/splits/summary.ts";
import { BACKEND_CHOICES, type StudyManifest } from "../../core/study.ts";
import {
  amount,
  anyNumber,
  type FieldReader,
  field,
  finite,
  flag,
  list,
  map,
  nullable,
  oneOf,
  partial,
  record,
  reject,
  text,
  whole,
} from "./fields.ts";

/** Readers of the messages of a host's setup, which are untrusted because the study's own code has run by then. */

const NAME = /^[\w.-]{1,64}$/;
const name: FieldReader<string> = (value) =>
  typeof value === "string" && NAME.test(value) ? value : reject("a name", value);

const choice: FieldReader<Choice> = (value) =>
  value === null || typeof value === "string" || typeof value === "boolean" ? value : finite(value);

const RANGE = { low: finite, high: finite, log: flag };
const KINDS = {
  float: record({ kind: oneOf(["float"]), ...RANGE, step: nullable(finite) }),
  int: record({ kind: oneOf(["int"]), ...RANGE, step: finite }),
  categorical: record({ kind: oneOf(["categorical"]), choices: list(choice) }),
};

const KIND = oneOf(["float", "int", "categorical"]);

const distribution: FieldReader<Distribution> = (value) => {
  const read = KINDS[field(value, "kind", KIND)](value);
  checkDistribution("param", read);
  return read;
};

/** Reads the param at an index of the space; its parents have smaller indices. */
const paramAt = (place: number): FieldReader<SpaceParam> =>
  record({
    name,
    distribution,
    when: list(record({ parent: whole(place), values: list(finite) })),
  });

const space: FieldReader<Space> = record({
  params: atLeastOne(list((value, place) => paramAt(place)(value))),
});

function atLeastOne<T>(read: FieldReader<T[]>): FieldReader<T[]> {
  return (value) => {
    const entries = read(value);
    return entries.length > 0 ? entries : reject("at least one", entries);
  };
}

const TIME_OR_SIZE: FieldReader<number> = amount;
const limits: FieldReader<StudyLimits> = partial({
  splitTimeoutMs: TIME_OR_SIZE,
  trialTimeoutMs: TIME_OR_SIZE,
  setupTimeoutMs: TIME_OR_SIZE,
  memoryBytes: TIME_OR_SIZE,
});

/** Reads what a study file declares. */
export const manifest: FieldReader<StudyManifest> = record({
  name,
  directions: atLeastOne(list(oneOf(DIRECTIONS))),
  space,
  backend: nullable(oneOf(BACKEND_CHOICES)),
  limits,
  noise: flag,
  defaults: nullable(map(name, choice)),
  sampler: nullable(text(MAX_SPEC_LENGTH)),
  pruner: nullable(text(MAX_SPEC_LENGTH)),
  splitOrder: nullable(oneOf(SPLIT_ORDERS)),
  stop: nullable(list(text(MAX_SPEC_LENGTH))),
  trials: nullable(whole()),
  aggregate: oneOf(AGGREGATE_KINDS),
  command: flag,
});

const label = text(1_000);

function pair<A, B>(first: FieldReader<A>, second: FieldReader<B>): FieldReader<readonly [A, B]> {
  const two = list<unknown>((value, i) => (i === 0 ? first(value) : second(value)), 2);
  return (value) => two(value) as unknown as readonly [A, B];
}

/** Reads the report about the splits, for `check`. */
export const splitsReport: FieldReader<SplitsReport> = record({
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
  unused: amount,
  classes: nullable(
    record({
      from: label,
      shares: list(pair(label, anyNumber)),
      largestDeviation: anyNumber,
      untrained: list(record({ split: whole(), label })),
    }),
  ),
});
