import { FilterBar } from "../parts/filter-bar.tsx";
import { PlotFigure } from "../plots/frame/plot-figure.tsx";
import { PLOTS } from "../plots/plots.ts";
import { addressOf, go } from "../state/address.ts";
import { plotSettings } from "../state/plot-settings.ts";
import type { StudyData } from "../state/study-data.ts";

/** The plots of a study, which all follow one filter. */
export function Plots({ data }: { readonly data: StudyData }) {
  const head = data.head.value;
  if (!head) return <p class="empty">Reading the study …</p>;
  const shown = PLOTS.filter(({ applies }) => applies(head));
  return (
    <>
      <h1 class="hidden">Plots of {data.name}</h1>
      <FilterBar data={data} />
      <nav class="plot-links" aria-label="Plots">
        {shown.map(({ name, title }) => (
          <a key={name} href={`#${name}`}>
            {title}
          </a>
        ))}
      </nav>
      <div class="plot-grid">
        {shown.map(({ name, title, component }) => (
          <div class="panel" id={name} key={name}>
            <PlotFigure
              title={title}
              plot={component}
              data={data}
              settings={plotSettings}
              onTrial={(number) => go(addressOf({ view: "trial", study: data.name, number }))}
            />
          </div>
        ))}
      </div>
    </>
  );
}
