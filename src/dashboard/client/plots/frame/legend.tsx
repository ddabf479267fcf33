import { useEffect, useRef, useState } from "preact/hooks";
import type { LegendEntry } from "../drawing/picture.ts";
import { legendPath } from "../pictures/compose.ts";
import { themeFor } from "../surface/canvas.ts";
import { isOutline } from "../surface/svg.ts";
import { RANKS, rankColor, type Theme } from "../surface/theme.ts";
import { onThemeChange } from "./theme-change.ts";

/** What the colours, marks and dashes of a plot stand for. */
export function Legend({ entries }: { readonly entries: readonly LegendEntry[] }) {
  const list = useRef<HTMLUListElement>(null);
  const [theme, setTheme] = useState<Theme | null>(null);
  useEffect(() => {
    const read = (): void => setTheme(list.current && themeFor(list.current));
    read();
    return onThemeChange(read);
  }, []);
  return (
    <ul class="plot-legend" ref={list}>
      {theme &&
        entries.map((entry) => (
          <li key={entry.label}>
            <Swatch entry={entry} theme={theme} />
            {entry.label}
          </li>
        ))}
    </ul>
  );
}

function Swatch({ entry, theme }: { readonly entry: LegendEntry; readonly theme: Theme }) {
  const color = entry.color(theme);
  if (entry.isRanks)
    return (
      <svg width={RANKS * 4} height="10" aria-hidden="true">
        {theme.ranks.map((rank, k) => (
          <rect key={rank.join()} x={k * 4} width="4" height="10" fill={rankColor(theme, k)} />
        ))}
      </svg>
    );
  if (!entry.mark)
    return (
      <svg width="20" height="14" aria-hidden="true">
        <path d="M0 7h20" stroke={color} stroke-width="2" stroke-dasharray={entry.dash?.join(" ") ?? ""} />
      </svg>
    );
  const isCircle = entry.mark === "circle";
  return (
    <svg width="14" height="14" aria-hidden="true">
      <path
        d={legendPath(entry.mark)}
        fill={isOutline(entry.mark) || isCircle ? "none" : color}
        stroke={isOutline(entry.mark) || isCircle ? color : "none"}
        stroke-width={isCircle ? 8 : 1.5}
        stroke-linecap={isCircle ? "round" : "butt"}
      />
    </svg>
  );
}
