import { useMemo } from "preact/hooks";
import { Loading } from "./frame/choices.tsx";
import { objectiveOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { Shown } from "./frame/shown.tsx";
import { volumePicture } from "./pictures/volume.ts";

/** How the hypervolume of a study with several directions grew. */
export function Volume(props: PlotProps) {
  const { data } = props;
  const head = data.head.value;
  const trials = trialsOf(data);
  const found = head?.directions.map((_, k) => objectiveOf(data, head, k)) ?? [];
  const objectives = found.filter((objective) => objective !== null);
  const isThere = objectives.length > 0 && objectives.length === found.length;
  const picture = useMemo(
    () => (trials && isThere ? volumePicture(trials, objectives) : null),
    [trials?.visible, trials?.violations, objectives[0]?.values, isThere],
  );
  return picture ? <Shown picture={picture} props={props} /> : <Loading />;
}
