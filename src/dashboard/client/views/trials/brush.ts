import { useEffect, useMemo } from "preact/hooks";
import type { StudyHeadJson } from "../../../../report/page/page.ts";
import { selectionOf } from "../../plots/drawing/brushes.ts";
import { brushesOf, chooseAll } from "../../plots/frame/brush-settings.ts";
import { cellsOf, objectiveOf } from "../../plots/frame/columns.ts";
import { indexIn } from "../../plots/frame/settings.ts";
import { plotSettings } from "../../state/plot-settings.ts";
import type { StudyData } from "../../state/study-data.ts";
import { whereOf } from "./brush-where.ts";

/** Chooses the rows that the ranges in the address choose, as the plots do, where no plot is shown. */
export function useBrush(data: StudyData): void {
  const head = data.head.value;
  const brushes = brushesOf(plotSettings);
  const top = topOf();
  const wanted = (head?.params ?? []).filter(({ name }) => brushes[name] !== undefined);
  const params = wanted.flatMap(({ name, distribution }) => {
    const cells = cellsOf(data, `param.${name}`);
    return cells ? [{ name, distribution, cells }] : [];
  });
  const index = indexIn(plotSettings, "parallel.y", head?.directions.length ?? 1);
  const isBrushed = Object.keys(brushes).length > 0 || top < 1;
  const objective = head && isBrushed ? objectiveOf(data, head, index) : null;
  const text = JSON.stringify(brushes);
  const mask = useMemo(
    () =>
      objective && params.length === wanted.length ? selectionOf({ objective, params }, brushes, top) : null,
    [objective?.values, params.length, params[0]?.cells, text, top],
  );
  useEffect(() => {
    if (mask) data.selection.value = mask;
  }, [data, mask]);
}

/** Takes back what a brush has chosen, in the plots and in the address. */
export function clearBrush(data: StudyData): void {
  data.selection.value = null;
  chooseAll(plotSettings);
  plotSettings.set("parallel.top", null);
}

/** What the ranges of the address are in the words of `--where`; null if they cannot be said so. */
export function brushWhere(head: StudyHeadJson): string | null {
  return topOf() < 1 ? null : whereOf(head, brushesOf(plotSettings));
}

/** The share of the best trials that is shown, 1 for all. */
function topOf(): number {
  return Math.min(100, Math.max(1, Number(plotSettings.get("parallel.top") ?? 100) || 100)) / 100;
}
