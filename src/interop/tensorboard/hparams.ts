import type { Choice, Distribution } from "../../core/space/distribution.ts";
import type { Params } from "../../core/space/space.ts";
import type { TrialState } from "../../core/trial.ts";
import type { StudyRow } from "../../store/records.ts";
import { encoded, type Message, pluginEvent } from "./events.ts";

// What the HParams plugin of TensorBoard reads (tensorboard/plugins/hparams/api.proto and plugin_data.proto).

const TYPES = { text: 1, truth: 2, number: 3 } as const;

/** How the plugin marks sessions; those of other trials it cannot tell. */
const STATUSES: Readonly<Record<TrialState, number>> = {
  waiting: 0,
  pruned: 0,
  complete: 1,
  fail: 2,
  running: 3,
};

/** The experiment: which hparams there are, what they can be, and which scalars are its metrics. It is for the root run. */
export function experimentEvent(study: StudyRow, metrics: readonly string[], atMs: number): Uint8Array {
  return event("_hparams_/experiment", atMs, (data) =>
    data.message(2, (experiment) => {
      experiment.text(1, `${study.name}: ${study.directions.join(", ")}`).double(3, study.createdAtMs / 1000);
      for (const { name, distribution } of study.space.params)
        experiment.message(4, (info) => {
          const type = typeOf(distribution);
          domain(info.text(1, name).whole(4, TYPES[type]), distribution, type);
        });
      for (const tag of metrics)
        experiment.message(5, (info) => info.message(1, (name) => name.text(2, tag)));
    }),
  );
}

/** That a trial began, with its params. */
export function startEvent({ space }: StudyRow, params: Params, atMs: number): Uint8Array {
  return event("_hparams_/session_start_info", atMs, (data) =>
    data.message(3, (session) => {
      for (const { name, distribution } of space.params)
        if (Object.hasOwn(params, name))
          session.message(1, (entry) => {
            entry.text(1, name).message(2, (value) => choice(value, params[name]!, typeOf(distribution)));
          });
      session.double(5, atMs / 1000);
    }),
  );
}

/** That a trial ended, and whether well; of one that still runs that it does, which the plugin reads in the same place. */
export function endEvent(state: TrialState, endedAtMs: number | null, atMs: number): Uint8Array {
  return event("_hparams_/session_end_info", atMs, (data) =>
    data.message(4, (session) => {
      session.whole(1, STATUSES[state]);
      if (endedAtMs !== null) session.double(2, endedAtMs / 1000);
    }),
  );
}

function event(tag: string, atMs: number, fields: (data: Message) => void): Uint8Array {
  return pluginEvent(tag, { plugin: "hparams", content: encoded(fields), atMs });
}

/** The one type of all values of a param, which the plugin wants; other choices become text. */
function typeOf(distribution: Distribution): keyof typeof TYPES {
  if (distribution.kind !== "categorical") return "number";
  const { choices } = distribution;
  if (choices.every((each) => typeof each === "number")) return "number";
  return choices.every((each) => typeof each === "boolean") ? "truth" : "text";
}

function domain(info: Message, distribution: Distribution, type: keyof typeof TYPES): void {
  if (distribution.kind === "categorical")
    info.message(5, (list) => {
      for (const each of distribution.choices) list.message(1, (value) => choice(value, each, type));
    });
  else info.message(6, (interval) => interval.double(1, distribution.low).double(2, distribution.high));
}

/** A `google.protobuf.Value`. */
function choice(value: Message, of: Choice, type: keyof typeof TYPES): void {
  if (type === "number") value.double(2, Number(of));
  else if (type === "truth") value.whole(4, Number(of));
  else value.text(3, String(of));
}
