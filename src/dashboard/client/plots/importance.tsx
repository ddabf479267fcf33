import { useMemo } from "preact/hooks";
import { foundIn, Pending } from "./frame/analysis.tsx";
import { Toggle } from "./frame/choices.tsx";
import type { PlotProps } from "./frame/plot-props.ts";
import { useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { importancePicture } from "./pictures/importance.ts";

const FEW = 12;

/** How much each param matters, as bars. */
export function Importance(props: PlotProps) {
  const settings = useSettings(props.settings);
  const answer = props.data.analysis("importance").value;
  const found = foundIn(answer);
  const showsAll = settings.get("importance.all") === "1";
  const picture = useMemo(
    () => found && importancePicture(found, showsAll ? Number.POSITIVE_INFINITY : FEW),
    [found, showsAll],
  );
  if (!found || !picture) return <Pending answer={answer} />;
  return (
    <>
      {found.importance.length > FEW && (
        <div class="plot-choices">
          <Toggle
            {...{ settings, name: "importance.all", isOn: showsAll }}
            label={`all ${found.importance.length} params`}
          />
        </div>
      )}
      <Shown picture={picture} props={props} />
    </>
  );
}
