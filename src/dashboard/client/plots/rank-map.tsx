import { useMemo } from "preact/hooks";
import { brushesOf, choose } from "./frame/brush-settings.ts";
import { Choice, Loading, ObjectiveChoice, options } from "./frame/choices.tsx";
import { byImportance, cellsOf, objectiveOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { indexIn, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { rankMapPicture } from "./pictures/rank-map.ts";

/** Two params against each other, coloured by how good the trials were there. */
export function RankMap(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const index = indexIn(settings, "rank.value", head?.directions.length ?? 1);
  const params = head ? byImportance(data, head.params) : [];
  const named = (name: string, otherwise: number) =>
    params.find((param) => param.name === settings.get(name)) ?? params[otherwise];
  const [x, y] = [named("rank.x", 0), named("rank.y", 1)];
  const trials = trialsOf(data);
  const objective = head ? objectiveOf(data, head, index) : null;
  const xCells = x ? cellsOf(data, `param.${x.name}`) : null;
  const yCells = y ? cellsOf(data, `param.${y.name}`) : null;
  const brushText = settings.get("parallel.brush");
  const picture = useMemo(
    () =>
      trials && objective && x && y && xCells && yCells
        ? rankMapPicture({
            ...{ trials, objective, x: { ...x, cells: xCells }, y: { ...y, cells: yCells } },
            brushes: brushesOf(settings),
            brush: (ranges) => choose(settings, ranges),
          })
        : null,
    [trials?.visible, trials?.violations, objective?.values, xCells, yCells, x?.name, y?.name, brushText],
  );
  if (head && params.length < 2) return <p class="plot-summary">This study has fewer than two params.</p>;
  if (!head || !picture) return <Loading />;
  const names = options(params.map(({ name }) => name));
  return (
    <>
      <div class="plot-choices">
        <ObjectiveChoice {...{ settings, head, index }} name="rank.value" />
        <Choice {...{ settings, name: "rank.x", label: "Across", options: names, value: x?.name ?? "" }} />
        <Choice {...{ settings, name: "rank.y", label: "Up", options: names, value: y?.name ?? "" }} />
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}
