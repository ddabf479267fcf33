import { useMemo } from "preact/hooks";
import type { Tail } from "./drawing/trials.ts";
import { Choice, Loading, ObjectiveChoice, options, Toggle } from "./frame/choices.tsx";
import { cellsOf, objectiveOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { indexIn, oneOf, type PlotSettings, rangeIn, rangeText, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { type HistoryAxis, historyPicture } from "./pictures/history.ts";
import { formatDate, formatNumber, formatTime } from "./surface/format.ts";

const AXES = ["number", "start", "finish", "compute time"] as const;
const TAILS: readonly [Tail, ...Tail[]] = ["auto", "all", "best"];

/** The values of all trials and the best so far, with what was lost below them. */
export function History(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const trials = trialsOf(data);
  const index = indexIn(settings, "history.y", head?.directions.length ?? 1);
  const objective = head ? objectiveOf(data, head, index) : null;
  const estimates = index === 0 ? cellsOf(data, "estimate") : null;
  const wanted = oneOf(settings, "history.x", AXES);
  const axis = useAxis(props, wanted);
  const isLog = settings.get("history.log") === "1";
  const tail = oneOf(settings, "history.tail", TAILS);
  const zoomed = settings.get("history.zoom");
  const picture = useMemo(() => {
    if (!trials || !objective || !axis) return null;
    return historyPicture({
      ...{ trials, objective, axis, isLog, tail },
      estimates: hasAny(estimates) ? estimates : null,
      range: rangeIn(settings, "history.zoom"),
      zoom: (range) => settings.set("history.zoom", rangeText(range)),
    });
  }, [
    trials?.visible,
    trials?.numbers,
    trials?.states.cells,
    objective?.values,
    axis,
    trials?.violations,
    estimates,
    isLog,
    tail,
    zoomed,
  ]);
  if (!head || !picture) return <Loading />;
  return (
    <>
      <div class="plot-choices">
        <ObjectiveChoice {...{ settings, head, index }} name="history.y" />
        <Axis settings={settings} value={wanted} />
        <Choice
          {...{ settings, name: "history.tail", label: "Values", value: tail }}
          options={[
            { value: "auto", text: "all that fit" },
            { value: "all", text: "all" },
            { value: "best", text: "without the worst tenth" },
          ]}
        />
        <Toggle {...{ settings, name: "history.log", label: "log scale", isOn: isLog }} />
        {zoomed && (
          <button type="button" onClick={() => settings.set("history.zoom", null)}>
            Show all
          </button>
        )}
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}

function Axis({ settings, value }: { readonly settings: PlotSettings; readonly value: string }) {
  const own: PlotSettings = {
    get: settings.get,
    set(name, chosen) {
      settings.set("history.zoom", null);
      settings.set(name, chosen);
    },
  };
  return <Choice settings={own} name="history.x" label="Against" value={value} options={options(AXES)} />;
}

/** The column of an axis; null until it is there. */
function useAxis({ data }: PlotProps, wanted: (typeof AXES)[number]): HistoryAxis | null {
  const number = cellsOf(data, "number");
  const started = wanted === "start" ? cellsOf(data, "startedAtMs") : null;
  const finished = wanted === "finish" || wanted === "compute time" ? cellsOf(data, "finishedAtMs") : null;
  const duration = wanted === "compute time" ? cellsOf(data, "durationMs") : null;
  return useMemo(() => {
    if (wanted === "number")
      return number && { label: "trial", kind: "linear", cells: number, format: formatNumber };
    if (wanted === "start")
      return started && { label: "start", kind: "time", cells: started, format: formatDate };
    if (wanted === "finish")
      return finished && { label: "finish", kind: "time", cells: finished, format: formatDate };
    const cells = finished && duration && computeTime(finished, duration);
    return cells && { label: "compute time", kind: "linear", cells, format: formatTime };
  }, [wanted, number, started, finished, duration]);
}

/** How long all trials that had ended had taken together when a trial ended. */
function computeTime(finished: ArrayLike<number>, durations: ArrayLike<number>): Float64Array {
  const rows = Int32Array.from({ length: finished.length }, (_, row) => row).filter(
    (row) => !Number.isNaN(finished[row]!),
  );
  rows.sort((a, b) => finished[a]! - finished[b]!);
  const cells = new Float64Array(finished.length).fill(Number.NaN);
  let sum = 0;
  for (const row of rows) {
    sum += durations[row]! || 0;
    cells[row] = sum;
  }
  return cells;
}

function hasAny(cells: ArrayLike<number> | null): boolean {
  if (cells) for (let row = 0; row < cells.length; row++) if (!Number.isNaN(cells[row]!)) return true;
  return false;
}
