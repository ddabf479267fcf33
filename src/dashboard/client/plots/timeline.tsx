import { useMemo } from "preact/hooks";
import { api } from "../data/api.ts";
import type { Frame } from "../data/frame.ts";
import { rowOf } from "../state/column-store.ts";
import { Choice } from "./frame/choices.tsx";
import { cellsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { oneOf, rangeIn, rangeText, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { useAnswer } from "./frame/use-answer.ts";
import { Waiting } from "./frame/waiting.tsx";
import { type Attempts, timelinePicture } from "./pictures/timeline.ts";

const LANES = ["slots", "trials"] as const;

/** When and where each attempt ran, and how it ended. */
export function Timeline(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const answered = useAnswer(data.name, data.version.value, () => api.timeline(data.name));
  const lanes = oneOf(settings, "timeline.lanes", LANES);
  const zoomed = settings.get("timeline.zoom");
  const numbers = cellsOf(data, "number");
  const visible = data.visible.value;
  const nowMs = data.live.value?.atMs ?? Date.now();
  const attempts = useMemo(() => answered.answer && attemptsOf(answered.answer), [answered.answer]);
  const picture = useMemo(
    () =>
      attempts &&
      timelinePicture({
        ...{ attempts, nowMs, lanes },
        isShown: (number) => {
          if (!visible || !numbers) return true;
          const row = rowOf(numbers, number);
          return row < 0 || visible[row] === 1;
        },
        range: rangeIn(settings, "timeline.zoom"),
        zoom: (range) => settings.set("timeline.zoom", rangeText(range)),
      }),
    [attempts, lanes, visible, numbers, zoomed],
  );
  if (!picture) return <Waiting answered={answered} />;
  const options = [
    { value: "slots", text: "a lane for each slot" },
    { value: "trials", text: "by trial" },
  ];
  return (
    <>
      <div class="plot-choices">
        <Choice {...{ settings, name: "timeline.lanes", label: "Shown", options, value: lanes }} />
        {zoomed && (
          <button type="button" onClick={() => settings.set("timeline.zoom", null)}>
            Show all
          </button>
        )}
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}

function attemptsOf({ columns }: Frame): Attempts {
  const cells = (name: string) => columns.get(name)?.cells ?? new Float64Array(0);
  const words = (name: string) => ({ cells: cells(name), words: columns.get(name)?.head.words ?? [] });
  return {
    ...{
      numbers: cells("number"),
      slots: cells("slot"),
      starts: cells("startedAtMs"),
      ends: cells("endedAtMs"),
    },
    ...{ states: words("state"), reasons: words("reason") },
  };
}
