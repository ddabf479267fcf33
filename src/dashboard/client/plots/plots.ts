import type { ComponentType } from "preact";
import type { StudyHeadJson } from "../../../report/page/page.ts";
import type { PlotProps } from "./frame/plot-props.ts";
import { History } from "./history.tsx";
import { Slices } from "./slices.tsx";

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
  { name: "slices", title: "Value by param", component: Slices, applies: hasParams },
];
