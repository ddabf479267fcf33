import type { Signal } from "@preact/signals";
import type { StudyData } from "../../state/study-data.ts";
import type { Picture } from "../drawing/picture.ts";
import type { PlotSettings } from "./settings.ts";

/** What every plot of a study is given. */
export interface PlotProps {
  readonly data: StudyData;
  /** A person has chosen a trial. */
  readonly onTrial: (number: number) => void;
  /** Where what people choose in plots is kept, such as in the page's address. @default with the plot */
  readonly settings?: PlotSettings;
  /** Takes the picture that is shown, for its table and its files. @default nowhere */
  readonly output?: Signal<Picture | null>;
}
