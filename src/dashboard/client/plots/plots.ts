import type { ComponentType } from "preact";
import type { StudyHeadJson } from "../../../report/page/page.ts";
import { Edf } from "./edf.tsx";
import type { PlotProps } from "./frame/plot-props.ts";
import { History } from "./history.tsx";
import { Importance } from "./importance.tsx";
import { KillsMap } from "./kills-map.tsx";
import { Machine, Memory } from "./memory.tsx";
import { Parallel } from "./parallel.tsx";
import { Pareto } from "./pareto.tsx";
import { RankMap } from "./rank-map.tsx";
import { Slices } from "./slices.tsx";
import { FoldStrip, Splits } from "./splits.tsx";
import { Timeline } from "./timeline.tsx";
import { Volume } from "./volume.tsx";

/** A plot of a study. */
export interface Plot {
  /** Its name in addresses and settings. */
  readonly name: string;
  readonly title: string;
  readonly component: ComponentType<PlotProps>;
  /** Whether a study has what it shows. */
  readonly applies: (head: StudyHeadJson) => boolean;
}

const always = (): boolean => true;
const hasParams = ({ params }: StudyHeadJson): boolean => params.length > 0;

/** All plots of a study, in the order in which a page shows them. `PlotFigure` shows one with its title and its menu. */
export const PLOTS: readonly Plot[] = [
  { name: "history", title: "History", component: History, applies: always },
  { name: "importance", title: "Importance of params", component: Importance, applies: hasParams },
  { name: "slices", title: "Value by param", component: Slices, applies: hasParams },
  { name: "parallel", title: "Parallel coordinates", component: Parallel, applies: hasParams },
  {
    name: "rank-map",
    title: "Rank by two params",
    component: RankMap,
    applies: ({ params }) => params.length > 1,
  },
  {
    name: "pareto",
    title: "Pareto front",
    component: Pareto,
    applies: ({ directions }) => directions.length > 1,
  },
  {
    name: "volume",
    title: "Growth of the hypervolume",
    component: Volume,
    applies: ({ directions }) => directions.length > 1,
  },
  { name: "edf", title: "Distribution of values", component: Edf, applies: always },
  {
    name: "kills-map",
    title: "Where trials are lost",
    component: KillsMap,
    applies: ({ params }) => params.length > 1,
  },
  { name: "memory", title: "Memory over time", component: Memory, applies: always },
  { name: "timeline", title: "Timeline", component: Timeline, applies: always },
  { name: "splits", title: "Values by split", component: Splits, applies: ({ splits }) => splits > 1 },
  {
    name: "fold-strip",
    title: "A trial beside the incumbent",
    component: FoldStrip,
    applies: ({ splits }) => splits > 1,
  },
  { name: "machine", title: "The machine", component: Machine, applies: always },
];
