import { useMemo } from "preact/hooks";
import { foundIn } from "./frame/analysis.tsx";
import { Choice, Loading, options } from "./frame/choices.tsx";
import { byImportance, cellsOf, trialsOf } from "./frame/columns.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { killsMapPicture } from "./pictures/kills-map.ts";

/** Where in two params trials are lost, for each reason. */
export function KillsMap(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const head = data.head.value;
  const kills = foundIn(data.analysis("kills").value);
  const params = head ? byImportance(data, head.params) : [];
  // The params in which the losses lie come first.
  const told = kills?.reasons.flatMap(({ rules }) => rules.flatMap(({ conditions }) => conditions)) ?? [];
  const likely = [...new Set([...told.map(({ param }) => param), ...params.map(({ name }) => name)])];
  const named = (name: string, otherwise: number) =>
    params.find((param) => param.name === settings.get(name)) ??
    params.find((param) => param.name === likely[otherwise]);
  const [x, y] = [named("kills.x", 0), named("kills.y", 1)];
  const trials = trialsOf(data);
  const xCells = x ? cellsOf(data, `param.${x.name}`) : null;
  const yCells = y ? cellsOf(data, `param.${y.name}`) : null;
  const picture = useMemo(
    () =>
      trials && x && y && xCells && yCells
        ? killsMapPicture({ trials, x: { ...x, cells: xCells }, y: { ...y, cells: yCells }, kills })
        : null,
    [trials?.visible, trials?.reasons.cells, xCells, yCells, x?.name, y?.name, kills],
  );
  if (head && params.length < 2) return <p class="plot-summary">This study has fewer than two params.</p>;
  if (!picture) return <Loading />;
  const names = options(params.map(({ name }) => name));
  return (
    <>
      <div class="plot-choices">
        <Choice {...{ settings, name: "kills.x", label: "Across", options: names, value: x?.name ?? "" }} />
        <Choice {...{ settings, name: "kills.y", label: "Up", options: names, value: y?.name ?? "" }} />
      </div>
      <Shown picture={picture} props={props} />
    </>
  );
}
