import { useMemo } from "preact/hooks";
import { Loading, ObjectiveChoice, Toggle } from "./frame/choices.tsx";
import { objectiveOf, paramsOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { indexIn, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { slicesPicture } from "./pictures/slices.ts";

/** So many params are shown unless more are asked for. */
const FEW = 12;

/** The value against each param, the most important first. */
export function Slices(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const index = indexIn(settings, "slices.y", head?.directions.length ?? 1);
  const showsAll = settings.get("slices.all") === "1";
  const isLog = settings.get("slices.log") === "1";
  const trials = trialsOf(data);
  const objective = head ? objectiveOf(data, head, index) : null;
  const params = head ? paramsOf(data, head, showsAll ? Number.POSITIVE_INFINITY : FEW) : [];
  const key = params.map(({ name, importance }) => `${name}:${importance}`).join();
  const picture = useMemo(
    () => trials && objective && slicesPicture({ ...{ trials, objective, params, isLog }, tail: "auto" }),
    [trials?.visible, objective?.values, params[0]?.cells, key, isLog],
  );
  if (!head || !picture) return <Loading />;
  return (
    <>
      <div class="plot-choices">
        <ObjectiveChoice {...{ settings, head, index }} name="slices.y" />
        <Toggle {...{ settings, name: "slices.log", label: "log scale", isOn: isLog }} />
        {head.params.length > FEW && (
          <Toggle
            {...{ settings, name: "slices.all", label: `all ${head.params.length} params`, isOn: showsAll }}
          />
        )}
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}
