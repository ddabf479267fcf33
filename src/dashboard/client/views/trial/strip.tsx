import type { StripCellJson, StripJson, TrialStripJson } from "../../../../report/strip.ts";
import { TrialLink } from "../../parts/link.tsx";
import { Section } from "../../parts/section.tsx";
import { valueText } from "../../state/format.ts";
import { differenceInterval } from "./interval.ts";

/** A trial beside the incumbent, split by split or report by report. */
export function FoldStrip({ strip, study }: { readonly strip: TrialStripJson; readonly study: string }) {
  return (
    <Section id="strip" title={`${strip.of === "splits" ? "Splits" : "Reports"} beside the incumbent`}>
      {strip.objectives.map((objective) => (
        <Objective key={objective.objective} strip={objective} of={strip.of} study={study} />
      ))}
    </Section>
  );
}

function Objective(props: {
  readonly strip: StripJson;
  readonly of: TrialStripJson["of"];
  readonly study: string;
}) {
  const { strip, of, study } = props;
  const { cells, incumbent, best, better, pairs, direction } = strip;
  const differences = cells.flatMap(({ difference }) => difference ?? []);
  const largest = differences.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const interval = differenceInterval(differences);
  return (
    <div class="strip">
      <p class="small-text">
        {incumbent === null ? (
          "There is no other trial to compare it with."
        ) : pairs === 0 ? (
          <>
            It has none in common with <TrialLink study={study} number={incumbent} />, the best {best}.
          </>
        ) : (
          <>
            Better than <TrialLink study={study} number={incumbent} /> (the best {best}) in {better} of{" "}
            {pairs} {of}
            {interval &&
              `; the difference is ${valueText(interval.mean)}, with 95 % between ${valueText(interval.low)} and ${valueText(interval.high)}`}
          </>
        )}
      </p>
      {pairs > 0 && (
        <div class="strip-cells" role="img" aria-label={`Better in ${better} of ${pairs} ${of}`}>
          {cells.map((cell) => (
            <Cell key={cell.from} cell={cell} largest={largest} isLarger={direction === "maximize"} />
          ))}
        </div>
      )}
    </div>
  );
}

/** A bar upwards where the trial is better, downwards where it is worse; its length is the difference. */
function Cell(props: { readonly cell: StripCellJson; readonly largest: number; readonly isLarger: boolean }) {
  const { cell, largest, isLarger } = props;
  const { from, to, trial, incumbent, difference, ended } = cell;
  const share = difference === null || largest === 0 ? 0 : Math.abs(difference) / largest;
  const isBetter = difference !== null && (isLarger ? difference > 0 : difference < 0);
  const place = from === to ? `${from}` : `${from} to ${to}`;
  const title = ended
    ? `${place}: the trial ended here`
    : `${place}: ${valueText(trial)}, incumbent ${valueText(incumbent)}`;
  const kind = ended ? "is-ended" : difference === null ? "is-alone" : isBetter ? "is-better" : "is-worse";
  return (
    <span class={`cell ${kind}`} title={title}>
      <span style={{ height: `${Math.max(2, share * 46)}%` }} />
    </span>
  );
}
