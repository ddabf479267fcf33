import type { BestTrialJson } from "../../../../report/best.ts";
import { CopyButton } from "../../parts/copy.tsx";
import { TrialLink } from "../../parts/link.tsx";
import { Empty, Section } from "../../parts/section.tsx";
import { studies } from "../../state/app.ts";
import { anyText, valueText } from "../../state/format.ts";
import type { StudyData } from "../../state/study-data.ts";

/** Most trials of a front that are listed. */
const MOST = 12;

/** The best trial with its params, ready to paste; with several directions the trials of the front. */
export function BestTrial({ data }: { readonly data: StudyData }) {
  const card = studies.value?.find(({ study }) => study === data.name);
  if (!card) return null;
  const { best, front } = card;
  if (front && front.length > 0)
    return (
      <Section id="best" title={`Pareto front of ${front.length}`}>
        <ul class="front">
          {front.slice(0, MOST).map((trial) => (
            <li key={trial.number}>
              <TrialLink study={data.name} number={trial.number} />{" "}
              <span class="number">{trial.values.map(valueText).join(", ")}</span>
            </li>
          ))}
        </ul>
        {front.length > MOST && <p class="soft">and {front.length - MOST} more</p>}
      </Section>
    );
  return (
    <Section
      id="best"
      title="Best trial"
      aside={
        best && (
          <CopyButton text={JSON.stringify(best.params)} label="the params as JSON">
            copy params
          </CopyButton>
        )
      }
    >
      {best ? <Params study={data.name} best={best} /> : <Empty>No trial is complete yet.</Empty>}
    </Section>
  );
}

function Params({ study, best }: { readonly study: string; readonly best: BestTrialJson }) {
  return (
    <>
      <p class="best-value">
        <span class="number">{valueText(best.value)}</span> <TrialLink study={study} number={best.number} />
      </p>
      <dl class="pairs">
        {Object.entries(best.params).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{anyText(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
