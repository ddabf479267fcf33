import type { StudyHeadJson } from "../../../../report/page/page.ts";
import type { TrialJson } from "../../../../report/trial.ts";
import { anyText, bytesText, NOTHING, spanText, timeText, valueText } from "../../state/format.ts";

/** A column that the table of trials can show. */
export interface TableColumn {
  /** As `query --columns` and `--sort` name it. */
  readonly name: string;
  readonly label: string;
  /** In pixels. */
  readonly width: number;
  readonly isNumber: boolean;
  /** The name of the column with the same in `columns`; null: there is none. */
  readonly cells: string | null;
  readonly text: (trial: TrialJson) => string;
}

/** So many params are shown until others are chosen. */
const DEFAULT_PARAMS = 8;

const textOf = (text: string | null): string => text ?? NOTHING;

const column = (
  name: string,
  label: string,
  width: number,
  cells: string | null,
  text: TableColumn["text"],
  isNumber = true,
): TableColumn => ({ name, label, width, isNumber, cells, text });

const AFTER_VALUES: readonly TableColumn[] = [
  column("estimate", "estimate", 100, "estimate", ({ estimate }) => valueText(estimate)),
  column("violation", "violation", 100, "violation", ({ violation }) => valueText(violation)),
  column("duration", "duration", 110, "durationMs", ({ durationMs }) => spanText(durationMs)),
  column("memory.peak", "memory peak", 110, "peakBytes", ({ memory }) => bytesText(memory?.peakBytes)),
  column("memory.final", "memory after", 110, "finalBytes", ({ memory }) => bytesText(memory?.finalBytes)),
  column("attempts", "attempts", 84, "attempts", ({ attempts }) => `${attempts}`),
  column("started", "started", 165, "startedAtMs", ({ startedAt }) => timeText(startedAt)),
  column("finished", "finished", 165, "finishedAtMs", ({ finishedAt }) => timeText(finishedAt)),
  column("proposer", "proposer", 120, "proposer", ({ proposer }) => textOf(proposer), false),
];

const RESERVED: ReadonlySet<string> = new Set([
  ...AFTER_VALUES.map(({ name }) => name),
  ...["number", "state", "reason", "value", "values", "params", "constraints", "detail", "error", "why"],
  ...["durationMs", "startedAt", "finishedAt", "feasible", "splits", "memory"],
]);

/** All columns of a study's table, in their order. The number and the state are always shown, as its first two. */
export function tableColumns({ directions, params }: StudyHeadJson): TableColumn[] {
  const values =
    directions.length === 1
      ? [column("value", "value", 110, "value.0", ({ value }) => valueText(value))]
      : directions.map((_, k) =>
          column(`values.${k}`, `value ${k}`, 110, `value.${k}`, ({ values: all }) => valueText(all[k])),
        );
  return [
    column("number", "trial", 84, "number", ({ number }) => `#${number}`),
    column(
      "state",
      "state",
      190,
      "state",
      ({ state, reason }) => [state, reason].filter(Boolean).join(" "),
      false,
    ),
    ...values,
    ...AFTER_VALUES,
    ...params.map(({ name, distribution }) =>
      column(
        RESERVED.has(name) ? `params.${name}` : name,
        name,
        Math.min(220, Math.max(100, name.length * 8 + 28)),
        `param.${name}`,
        (trial) => anyText(trial.params[name]),
        distribution.kind !== "categorical",
      ),
    ),
  ];
}

/** The columns that are shown, by a list of names as the address has it; empty: those that most people want. */
export function shownColumns(all: readonly TableColumn[], names: string): TableColumn[] {
  const chosen = names === "" ? defaultNames(all) : new Set(names.split(","));
  return all.filter(({ name }) => name === "number" || name === "state" || chosen.has(name));
}

function defaultNames(all: readonly TableColumn[]): ReadonlySet<string> {
  const params = all.filter(({ cells }) => cells?.startsWith("param.")).slice(0, DEFAULT_PARAMS);
  const values = all.filter(({ cells }) => cells?.startsWith("value."));
  return new Set([...values, ...params].map(({ name }) => name).concat("duration", "memory.peak"));
}
