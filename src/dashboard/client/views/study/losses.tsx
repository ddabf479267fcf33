import { CopyButton } from "../../parts/copy.tsx";
import { ViewLink } from "../../parts/link.tsx";
import { Empty, Marked, Section } from "../../parts/section.tsx";
import { shareText, spanText } from "../../state/format.ts";
import type { StudyData } from "../../state/study-data.ts";

/** What was lost to limits and failures, where, and what to do about it. */
export function Losses({ data }: { readonly data: StudyData }) {
  const answer = data.analysis("kills").value;
  if (!answer || answer.state === "computing" || answer.state === "failed") return null;
  const { lost, trials, timeLostMs, timeMs, reasons, repeatOffenders, advice } = answer.data;
  const told = timeMs > 0 ? `${lost} of ${trials} trials, ${shareText(timeLostMs / timeMs)} of the time` : "";
  return (
    <Section id="losses" title="Lost" aside={lost > 0 && <span class="soft small-text">{told}</span>}>
      {lost === 0 && <Empty>No trial was lost to a limit or a failure.</Empty>}
      <ul class="losses">
        {reasons.map(({ reason, count, timeLostMs: ms, rules }) => (
          <li key={reason}>
            <ViewLink
              to={{ view: "trials", study: data.name }}
              changes={{ where: `reason = "${reason}"` }}
              title="The table of these trials"
            >
              {reason}
            </ViewLink>{" "}
            <span class="number">{count}</span> <span class="soft">in {spanText(ms)}</span>
            {rules.map(({ text }) => (
              <div key={text}>{text}</div>
            ))}
          </li>
        ))}
      </ul>
      {repeatOffenders.length > 0 && (
        <ul class="losses">
          {repeatOffenders.map(({ text }) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      {advice.map(({ text, command, savesMs }) => (
        <p key={command} class="advice">
          <Marked text={text} />
          {savesMs > 0 && <span class="soft"> (saves about {spanText(savesMs)})</span>}{" "}
          <CopyButton text={command} label="the command" />
        </p>
      ))}
    </Section>
  );
}
