import { useMemo } from "preact/hooks";
import { api } from "../data/api.ts";
import { emptyPicture } from "./drawing/picture.ts";
import { bestShown, objectiveName } from "./drawing/trials.ts";
import { Loading } from "./frame/choices.tsx";
import { cellsOf, objectiveOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { type PlotSettings, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { useAnswer } from "./frame/use-answer.ts";
import { Waiting } from "./frame/waiting.tsx";
import { foldStripPicture } from "./pictures/fold-strip.ts";
import { splitsPicture } from "./pictures/splits.ts";

/** The values in each split: of most trials, of the best one, and of one that is chosen. */
export function Splits(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const trials = trialsOf(data);
  const objective = head ? objectiveOf(data, head, 0) : null;
  const splits = Array.from({ length: head?.splits ?? 0 }, (_, k) => cellsOf(data, `split.${k}`));
  const known = splits.filter((cells) => cells !== null);
  const trial = trialIn(settings, "splits.trial");
  const picture = useMemo(
    () =>
      trials && objective && known.length === splits.length
        ? splitsPicture({ trials, objective, splits: known, trial })
        : null,
    [trials?.visible, trials?.violations, objective?.values, known.length, known[0], trial],
  );
  if (!picture) return <Loading />;
  return (
    <>
      <div class="plot-choices">
        <TrialChoice settings={settings} name="splits.trial" label="Also trial" value={trial} />
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}

/** A trial beside the one that it had to beat, split by split. */
export function FoldStrip(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const trials = trialsOf(data);
  const objective = head ? objectiveOf(data, head, 0) : null;
  const best = trials && objective ? bestShown(trials, objective) : -1;
  const number = trialIn(settings, "strip.trial") ?? (best < 0 ? null : trials!.numbers[best]!);
  const answered = useAnswer(`${data.name} ${number}`, data.version.value, async () =>
    number === null ? null : (await api.trial(data.name, number)).strip,
  );
  const names = head?.directions.map((_, k) => objectiveName(head.directions, k)) ?? [];
  const picture = useMemo(() => {
    if (number === null)
      return trials && emptyPicture("Trial beside the incumbent", "No trial has a value yet.");
    return answered.answer && foldStripPicture(number, answered.answer, names);
  }, [answered.answer, number, names.length]);
  return (
    <>
      <div class="plot-choices">
        <TrialChoice settings={settings} name="strip.trial" label="Trial" value={number} />
      </div>
      {picture ? <Shown picture={picture} props={props} /> : <Waiting answered={answered} />}
    </>
  );
}

function TrialChoice({
  settings,
  name,
  label,
  value,
}: {
  readonly settings: PlotSettings;
  readonly name: string;
  readonly label: string;
  readonly value: number | null;
}) {
  return (
    <label class="plot-choice">
      <span>{label}</span>
      <input
        class="plot-trial"
        type="number"
        min="0"
        step="1"
        value={value ?? ""}
        onChange={(event) => settings.set(name, event.currentTarget.value || null)}
      />
    </label>
  );
}

/** The number of a trial that a setting holds; null if it holds none. */
function trialIn(settings: PlotSettings, name: string): number | null {
  const text = settings.get(name);
  const number = Number(text);
  return text !== null && text !== "" && Number.isInteger(number) && number >= 0 ? number : null;
}
