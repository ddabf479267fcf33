import type { ComparedStudyJson } from "../../../../report/compare/compare.ts";
import type { ComparePageJson } from "../../../../report/page/page.ts";
import { TrialLink, ViewLink } from "../../parts/link.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { Section } from "../../parts/section.tsx";
import { anyText, bytesText, NOTHING, shareText, spanText, valueText } from "../../state/format.ts";
import { aheadText } from "./ahead.ts";

type Cell = string | preact.JSX.Element;

/** Who is ahead, a sentence for each study after the first. */
export function Ahead({ ahead }: Pick<ComparePageJson, "ahead">) {
  return (
    <ul class="ahead">
      {ahead.map((each) => (
        <li key={each.study}>{aheadText(each)}</li>
      ))}
    </ul>
  );
}

/** What a comparison found: the studies side by side, and the params that differ. */
export function ComparisonTables({ comparison }: { readonly comparison: ComparePageJson }) {
  const { studies, params } = comparison;
  return (
    <>
      <Section id="side-by-side" title="Side by side">
        <Table label="Studies side by side" studies={studies} rows={rowsOf(studies)} />
      </Section>
      {params.length > 0 && (
        <Section id="params" title="Params that differ">
          <Table
            label="Params of the best trials"
            studies={studies}
            rows={params.map(({ name, ranges, best }) => [
              name,
              best.map((value, i) =>
                ranges.every((range) => range === ranges[0])
                  ? anyText(value)
                  : `${anyText(value)} in ${ranges[i] ?? "no such param"}`,
              ),
            ])}
          />
        </Section>
      )}
    </>
  );
}

function rowsOf(studies: readonly ComparedStudyJson[]): (readonly [string, readonly Cell[]])[] {
  const row = (
    name: string,
    read: (study: ComparedStudyJson) => Cell,
  ): readonly [string, readonly Cell[]] => [name, studies.map(read)];
  const [first] = studies;
  return [
    row("best", ({ study, best }) =>
      best ? (
        <>
          {valueText(best.value)} <TrialLink study={study} number={best.number} />
        </>
      ) : (
        NOTHING
      ),
    ),
    row("state", ({ state }) => state),
    row("trials", ({ finished, target }) => `${finished} of ${target}`),
    row("complete", ({ complete }) => `${complete}`),
    row("lost", ({ lost: { trials, share } }) =>
      share === null ? `${trials}` : `${trials}, ${shareText(share)} of the time`,
    ),
    row("time of trials", ({ trialMs }) => spanText(trialMs)),
    ...(first?.byTrials ?? []).map(({ at }, i) =>
      row(`best after ${at} trials`, ({ byTrials }) => valueText(byTrials[i]?.best)),
    ),
    ...(first?.byTime ?? []).map(({ at }, i) =>
      row(`best after ${spanText(at)}`, ({ byTime }) => valueText(byTime[i]?.best)),
    ),
    row("sampler", ({ sampler }) => sampler),
    row("pruner", ({ pruner }) => pruner),
    row("time for a split", ({ limits }) => spanText(limits.splitTimeoutMs)),
    row("time for a trial", ({ limits }) => spanText(limits.trialTimeoutMs)),
    row("memory limit", ({ limits }) => bytesText(limits.memoryBytes)),
  ];
}

function Table(props: {
  readonly label: string;
  readonly studies: readonly ComparedStudyJson[];
  readonly rows: readonly (readonly [string, readonly Cell[]])[];
}) {
  const { label, studies, rows } = props;
  return (
    <Scroll label={label}>
      <table class="compared">
        <thead>
          <tr>
            <td />
            {studies.map(({ study }) => (
              <th key={study} scope="col">
                <ViewLink to={{ view: "study", study }} isRow>
                  {study}
                </ViewLink>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, cells]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, i) => (
                <td key={studies[i]!.study}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
