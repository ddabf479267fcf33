import { Bar } from "../../parts/bar.tsx";
import { Empty, Section } from "../../parts/section.tsx";
import { shareText } from "../../state/format.ts";
import type { StudyData } from "../../state/study-data.ts";

/** Params with less than this share are told as one. */
const LEAST_SHARE = 0.005;

/** Which params set the best tenth of the trials apart. */
export function Importance({ data }: { readonly data: StudyData }) {
  const answer = data.analysis("importance").value;
  if (!answer || answer.state === "computing") return null;
  if (answer.state === "failed")
    return (
      <Section id="importance" title="Which params matter">
        <Empty>{answer.message}</Empty>
      </Section>
    );
  const { importance, trials } = answer.data;
  const shown = importance.filter((each) => each.importance >= LEAST_SHARE);
  const rest = importance.length - shown.length;
  return (
    <Section
      id="importance"
      title="Which params matter"
      aside={<span class="soft small-text">by {trials} trials</span>}
    >
      <ul class="importance">
        {shown.map(({ param, importance: share }) => (
          <li key={param}>
            <span class="param" title={param}>
              {param}
            </span>
            <Bar share={share} label={`Importance of ${param}`} text={shareText(share)} />
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <p class="soft small-text">
          {rest} {rest === 1 ? "other matters" : "others matter"} little or not at all.
        </p>
      )}
    </Section>
  );
}
