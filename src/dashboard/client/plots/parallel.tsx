import { useEffect, useMemo, useRef } from "preact/hooks";
import { selectionOf } from "./drawing/brushes.ts";
import { brushesOf, choose, chooseAll } from "./frame/brush-settings.ts";
import { Choice, Loading, ObjectiveChoice, options, Toggle } from "./frame/choices.tsx";
import { cellsOf, objectiveOf, paramsOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { indexIn, oneOf, type PlotSettings, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { parallelPicture } from "./pictures/parallel.ts";

const AXES = ["8", "4", "12", "20", "40"] as const;

/** A line for each trial through its params; ranges chosen on its axes are the selection of all plots. */
export function Parallel(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const index = indexIn(settings, "parallel.y", head?.directions.length ?? 1);
  const most = oneOf(settings, "parallel.axes", AXES);
  const isLog = settings.get("parallel.log") === "1";
  const brushText = settings.get("parallel.brush");
  const top = Math.min(100, Math.max(1, Number(settings.get("parallel.top") ?? 100) || 100));
  const trials = trialsOf(data);
  const objective = head ? objectiveOf(data, head, index) : null;
  const params = head ? paramsOf(data, head, Number(most)) : [];
  // A range may have been chosen in another plot, of a param that has no axis here.
  const others = (head?.params ?? []).flatMap(({ name, distribution }) => {
    const isOther = brushesOf(settings)[name] !== undefined && !params.some((param) => param.name === name);
    const cells = isOther ? cellsOf(data, `param.${name}`) : null;
    return cells ? [{ name, distribution, cells }] : [];
  });
  const filtered = data.matches.value;
  const names = params.map(({ name }) => name).join("\n");
  const selection = useMemo(
    () =>
      objective && selectionOf({ objective, params: [...params, ...others] }, brushesOf(settings), top / 100),
    [objective?.values, params[0]?.cells, names, others.length, brushText, top],
  );
  // What this plot has chosen. A choice stays when people look at another view, and can be taken back in the filter bar.
  const applied = useRef<Uint8Array | null>(null);
  useEffect(() => {
    if (selection === null && applied.current === null) return;
    applied.current = selection;
    data.selection.value = selection;
  }, [data, selection]);
  const current = data.selection.value;
  useEffect(() => {
    if (applied.current === null || data.selection.peek() !== null) return;
    applied.current = null;
    takeBack(settings);
  }, [data, current]);
  const picture = useMemo(
    () =>
      trials &&
      objective &&
      parallelPicture({
        ...{ trials, filtered: fitting(filtered, trials.numbers.length), objective, params, isLog },
        brushes: brushesOf(settings),
        brush: (axis, range) => choose(settings, { [axis]: range }),
      }),
    [trials?.visible, filtered, objective?.values, params[0]?.cells, names, isLog, brushText],
  );
  if (!head || !picture) return <Loading />;
  return (
    <>
      <div class="plot-choices">
        <ObjectiveChoice {...{ settings, head, index }} name="parallel.y" />
        {head.params.length > Number(AXES[1]) && (
          <Choice
            {...{ settings, name: "parallel.axes", label: "Params", options: options(AXES), value: most }}
          />
        )}
        <label class="plot-choice">
          <span>Best {top} %</span>
          <input
            type="range"
            min="1"
            max="100"
            value={top}
            onInput={(event) => settings.set("parallel.top", event.currentTarget.value)}
          />
        </label>
        <Toggle {...{ settings, name: "parallel.log", label: "log scale of the value", isOn: isLog }} />
        {(brushText || top < 100) && (
          <button type="button" onClick={() => takeBack(settings)}>
            Choose all
          </button>
        )}
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}

function takeBack(settings: PlotSettings): void {
  chooseAll(settings);
  settings.set("parallel.top", null);
}

/** A mask for as many rows as there are; the filter may be of an older state of the trials. */
function fitting(mask: Uint8Array | null, rows: number): Uint8Array | null {
  if (!mask || mask.length === rows) return mask;
  const own = new Uint8Array(rows);
  own.set(mask.subarray(0, rows));
  return own;
}
