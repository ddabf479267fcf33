import type { StudyHeadJson } from "../../../../report/page/page.ts";
import { objectiveName } from "../drawing/trials.ts";
import type { PlotSettings } from "./settings.ts";

/** A choice between some words, shown as a list. @param name - The setting that holds it. */
export function Choice({
  settings,
  name,
  label,
  options,
  value,
}: {
  readonly settings: PlotSettings;
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly value: string;
}) {
  return (
    <label class="plot-choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => settings.set(name, event.currentTarget.value)}>
        {options.map(({ value: each, text }) => (
          <option key={each} value={each} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A switch. @param name - The setting that holds `1` while it is on, `0` while it is off. */
export function Toggle({
  settings,
  name,
  label,
  isOn,
}: {
  readonly settings: PlotSettings;
  readonly name: string;
  readonly label: string;
  readonly isOn: boolean;
}) {
  return (
    <label class="plot-choice">
      <input
        type="checkbox"
        checked={isOn}
        onChange={(event) => settings.set(name, event.currentTarget.checked ? "1" : "0")}
      />
      <span>{label}</span>
    </label>
  );
}

/** Options that are their own texts. */
export function options(words: readonly string[]): { readonly value: string; readonly text: string }[] {
  return words.map((word) => ({ value: word, text: word }));
}

/** What a plot says while its columns are on their way. */
export function Loading() {
  return (
    <p class="plot-loading" role="status">
      Reading the trials.
    </p>
  );
}

/** The choice of an objective; nothing with only one. @param name - The setting that holds its index. */
export function ObjectiveChoice({
  settings,
  name,
  label = "Objective",
  head: { directions },
  index,
}: {
  readonly settings: PlotSettings;
  readonly name: string;
  /** @default Objective */
  readonly label?: string;
  readonly head: StudyHeadJson;
  readonly index: number;
}) {
  if (directions.length === 1) return null;
  const objectives = directions.map((_, k) => ({ value: String(k), text: objectiveName(directions, k) }));
  return <Choice {...{ settings, name, label, options: objectives, value: String(index) }} />;
}
