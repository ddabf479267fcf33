import type { ImportanceJson } from "../../../../report/importance.ts";
import { emptyPicture, type Panel, type Picture } from "../drawing/picture.ts";
import { boxPanel } from "../drawing/points.ts";
import { formatCount, formatPercent } from "../surface/format.ts";
import { type Box, type Surface, shorten, textWidth } from "../surface/surface.ts";
import type { Theme } from "../surface/theme.ts";

/** The height of a bar with the space below it. */
const STEP = 24;

/**
 * Bars that tell how much each param matters.
 *
 * @param most - So many params are shown, the most important ones. @default all
 */
export function importancePicture(
  { importance, trials, targetTrials, target }: ImportanceJson,
  most = Number.POSITIVE_INFINITY,
): Picture {
  const title = `Importance of params for ${target}`;
  const bars = importance.slice(0, most);
  if (bars.length === 0) return emptyPicture(title, "This study has no params.");
  const [first] = bars;
  const isNone = first!.importance === 0;
  const rest = importance.length - bars.length;
  const left =
    rest > 0
      ? ` ${formatCount(rest, "param")} more, each at most ${formatPercent(importance[bars.length]!.importance)}.`
      : "";
  return {
    title,
    summary: isNone
      ? `No param sets the ${formatCount(targetTrials, "trial")} of the target apart from the others of ${trials}.`
      : `${first!.param} matters most: ${formatPercent(first!.importance)} of what sets the ${targetTrials} best of ${formatCount(trials, "trial")} apart.${left}`,
    legend: [],
    height: () => bars.length * STEP + 8,
    draw: (surface, box, theme) => draw(surface, box, theme, bars),
    table: () => ({
      columns: ["param", "importance"],
      rows: importance.map(({ param, importance: share }) => [param, formatPercent(share)]),
      note: null,
    }),
  };
}

function draw(surface: Surface, box: Box, theme: Theme, bars: ImportanceJson["importance"]): Panel[] {
  const names = Math.min(box.width * 0.4, Math.max(...bars.map(({ param }) => textWidth(param, 12))) + 10);
  const width = Math.max(10, box.width - names - 56);
  const most = Math.max(...bars.map(({ importance }) => importance)) || 1;
  const boxes = bars.map(({ param, importance }, i): Box => {
    const y = box.y + 4 + i * STEP;
    const bar = { x: box.x + names, y, width: Math.max(1, (importance / most) * width), height: STEP - 8 };
    surface.text(shorten(param, names - 8, 12), box.x + names - 8, y + 8, {
      ...{ color: theme.ink, align: "end", size: 12 },
    });
    surface.rect(bar, theme.states.complete, importance > 0 ? 0.85 : 0.3);
    surface.text(formatPercent(importance), bar.x + bar.width + 6, y + 8, { color: theme.soft, size: 12 });
    return { ...bar, x: box.x, width: box.width };
  });
  const hit = (item: number) => ({
    title: bars[item]!.param,
    lines: [`importance ${formatPercent(bars[item]!.importance)}`],
    trial: null,
  });
  return [boxPanel({ box, name: "importance", boxes, hit })];
}
