import { useMemo } from "preact/hooks";
import { Loading, ObjectiveChoice } from "./frame/choices.tsx";
import { objectiveOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { indexIn, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { edfPicture, sortedOf } from "./pictures/edf.ts";

/** Which share of trials reaches each value: of all, and of the first and the second half of them. */
export function Edf(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const index = indexIn(settings, "edf.y", head?.directions.length ?? 1);
  const trials = trialsOf(data);
  const objective = head ? objectiveOf(data, head, index) : null;
  const picture = useMemo(() => {
    if (!trials || !objective) return null;
    const { name, direction, values } = objective;
    const half = values.length >> 1;
    return edfPicture({
      ...{ title: `Distribution of ${name}`, objective: name, direction },
      curves: [
        { label: "all trials", sorted: sortedOf(values, trials.visible) },
        { label: "first half", sorted: sortedOf(values, trials.visible, 0, half) },
        { label: "second half", sorted: sortedOf(values, trials.visible, half) },
      ],
    });
  }, [trials?.visible, objective?.values]);
  if (!head || !picture) return <Loading />;
  return (
    <>
      <div class="plot-choices">
        <ObjectiveChoice {...{ settings, head, index }} name="edf.y" />
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}
