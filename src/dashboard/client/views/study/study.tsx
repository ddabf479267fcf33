import type { SummaryLine } from "../../../../report/summary/text.ts";
import { CopyText } from "../../parts/copy.tsx";
import { ViewLink } from "../../parts/link.tsx";
import { Marked } from "../../parts/section.tsx";
import { PlotFigure } from "../../plots/frame/plot-figure.tsx";
import { History } from "../../plots/history.tsx";
import { addressOf, go } from "../../state/address.ts";
import { plotSettings } from "../../state/plot-settings.ts";
import type { Route } from "../../state/route.ts";
import type { StudyData } from "../../state/study-data.ts";
import { StudyControls } from "../control/controls.tsx";
import { Audit } from "./audit.tsx";
import { BestTrial } from "./best-trial.tsx";
import { Importance } from "./importance.tsx";
import { Losses } from "./losses.tsx";
import { Slots } from "./slots.tsx";

/** What a person asks in the morning, in the order in which they ask it. */
export function Study({ data }: { readonly data: StudyData }) {
  const head = data.head.value;
  return (
    <>
      <h1 class="hidden">{data.name}</h1>
      <SixLines data={data} />
      <div class="study-controls">
        <StudyControls data={data} />
      </div>
      <div class="panel study-history">
        <PlotFigure
          title="History"
          plot={History}
          data={data}
          settings={plotSettings}
          onTrial={(number) => go(addressOf({ view: "trial", study: data.name, number }))}
        />
      </div>
      <div class="columns">
        <div>
          <Slots data={data} />
          <Losses data={data} />
        </div>
        <div>
          <BestTrial data={data} />
          <Importance data={data} />
        </div>
      </div>
      <Audit data={data} />
      {head && (
        <p class="soft small-text">
          {head.params.length} {head.params.length === 1 ? "param" : "params"}, {head.splits}{" "}
          {head.splits === 1 ? "split" : "splits"}, sampler {head.sampler}, pruner {head.pruner}, seed{" "}
          {head.seed}
        </p>
      )}
    </>
  );
}

/** Where each of the six lines leads. */
const TOPICS: Readonly<Record<SummaryLine["topic"], string>> = {
  state: "State",
  best: "Best",
  gain: "Gain",
  losses: "Losses",
  machine: "Machine",
  next: "What now",
};

function SixLines({ data }: { readonly data: StudyData }) {
  const answer = data.analysis("summary").value;
  if (!answer || answer.state === "computing") return <p class="six-lines empty">Summing the study up …</p>;
  if (answer.state === "failed")
    return (
      <p class="banner is-danger">
        <Marked text={answer.message} />
      </p>
    );
  const { lines, best, gain } = answer.data;
  const name = data.name;
  const links: Partial<Record<SummaryLine["topic"], Route>> = {
    state: { view: "trials", study: name },
    best: best.best
      ? { view: "trial", study: name, number: best.best.number }
      : { view: "plots", study: name },
    ...(gain.baseline && { gain: { view: "trial", study: name, number: gain.baseline.number } }),
    losses: { view: "plots", study: name },
    machine: { view: "plots", study: name },
  };
  return (
    <dl class="six-lines" aria-label="The study in six lines">
      {lines.map((line) => (
        <Line key={line.topic} line={line} to={links[line.topic]} />
      ))}
    </dl>
  );
}

function Line({ line, to }: { readonly line: SummaryLine; readonly to: Route | undefined }) {
  const { topic, text, command } = line;
  const [lead, rest] = leadOf(text);
  return (
    <div class={`line is-${topic}`}>
      <dt>{TOPICS[topic]}</dt>
      <dd>
        <span class="line-text">
          <strong>{to ? <ViewLink to={to}>{lead}</ViewLink> : <Marked text={lead} />}</strong>
          <Marked text={rest} />
        </span>
        {command !== null && topic === "next" && <CopyText text={command} label="the command" />}
      </dd>
    </div>
  );
}

/** The part of a line that holds its number, and what comes after it. */
function leadOf(text: string): readonly [lead: string, rest: string] {
  const at = text.search(/[,;:(]|`/);
  if (at < 4) return [text, ""];
  const lead = text.slice(0, at).trimEnd();
  return [lead, text.slice(lead.length)];
}
