import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api } from "../data/api.ts";
import type { Picture } from "./drawing/picture.ts";
import { Menu } from "./frame/menu.tsx";
import { PlotView } from "./frame/plot-view.tsx";
import { useAnswer } from "./frame/use-answer.ts";
import { Waiting } from "./frame/waiting.tsx";
import { type ComparedTrials, compareEdfPicture, comparePicture } from "./pictures/compare.ts";

const COLUMNS = ["number", "value.0", "violation", "finishedAtMs", "durationMs"];

/** The plots of several studies with one direction: their best values by trials and by time, and their distributions. */
export function ComparePlots({ studies }: { readonly studies: readonly string[] }) {
  const answered = useAnswer(studies.join("\n"), 0, () => Promise.all(studies.map(readTrials)));
  const pictures = useMemo(
    () =>
      answered.answer && [
        comparePicture(answered.answer, "trials"),
        comparePicture(answered.answer, "time"),
        compareEdfPicture(answered.answer),
      ],
    [answered.answer],
  );
  if (!pictures) return <Waiting answered={answered} />;
  return (
    <>
      {pictures.map((picture) => (
        <div class="panel" key={picture.title}>
          <ComparedFigure picture={picture} studies={studies} />
        </div>
      ))}
    </>
  );
}

function ComparedFigure({
  picture,
  studies,
}: {
  readonly picture: Picture;
  readonly studies: readonly string[];
}) {
  const output = useSignal<Picture | null>(picture);
  return (
    <figure class="plot-figure">
      <Menu title={picture.title} study={studies.join("-")} output={output}>
        <PlotView picture={picture} />
      </Menu>
    </figure>
  );
}

async function readTrials(study: string): Promise<ComparedTrials> {
  const [{ directions }, { columns }] = await Promise.all([api.head(study), api.columns(study, COLUMNS)]);
  const cells = (name: string) => columns.get(name)?.cells ?? new Float64Array(0);
  return {
    ...{ study, direction: directions[0]!, values: cells("value.0"), violations: cells("violation") },
    ...{ finishedAtMs: cells("finishedAtMs"), durationMs: cells("durationMs") },
  };
}
