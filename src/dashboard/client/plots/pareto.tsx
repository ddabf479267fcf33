import { useMemo } from "preact/hooks";
import { Loading, ObjectiveChoice, Toggle } from "./frame/choices.tsx";
import { objectiveOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { indexIn, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { paretoPicture } from "./pictures/pareto.ts";

/** Two objectives against each other, with the front of the trials that no other beats in both. */
export function Pareto(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const count = head?.directions.length ?? 1;
  const xIndex = indexIn(settings, "pareto.x", count);
  const yIndex = indexIn(settings, "pareto.y", count, 1);
  const showsDominated = settings.get("pareto.dominated") !== "0";
  const showsInfeasible = settings.get("pareto.infeasible") !== "0";
  const trials = trialsOf(data);
  const x = head ? objectiveOf(data, head, xIndex) : null;
  const y = head ? objectiveOf(data, head, yIndex) : null;
  const picture = useMemo(
    () => trials && x && y && paretoPicture({ trials, x, y, showsDominated, showsInfeasible }),
    [trials?.visible, trials?.violations, x?.values, y?.values, showsDominated, showsInfeasible],
  );
  if (head && count < 2) return <p class="plot-summary">This study has one direction, so it has no front.</p>;
  if (!head || !picture) return <Loading />;
  return (
    <>
      <div class="plot-choices">
        <ObjectiveChoice {...{ settings, head }} name="pareto.x" label="Across" index={xIndex} />
        <ObjectiveChoice {...{ settings, head }} name="pareto.y" label="Up" index={yIndex} />
        <Toggle {...{ settings, name: "pareto.dominated", label: "dominated", isOn: showsDominated }} />
        <Toggle
          {...{ settings, name: "pareto.infeasible", label: "violating a constraint", isOn: showsInfeasible }}
        />
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}
