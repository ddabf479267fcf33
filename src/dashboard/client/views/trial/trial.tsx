import { useEffect, useState } from "preact/hooks";
import type { TrialDetailJson } from "../../../../report/show.ts";
import { api } from "../../data/api.ts";
import { CopyButton, CopyText } from "../../parts/copy.tsx";
import { TrialLink, ViewLink } from "../../parts/link.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { Empty, Marked, Section } from "../../parts/section.tsx";
import { TrialStateWord } from "../../parts/words.tsx";
import { command, ticks } from "../../state/app.ts";
import { lineOf } from "../../state/fault.ts";
import {
  anyText,
  betweenText,
  bytesText,
  NOTHING,
  spanText,
  timeText,
  valueText,
} from "../../state/format.ts";
import type { StudyData } from "../../state/study-data.ts";
import { TrialControls } from "../control/trial-controls.tsx";
import { endingText, factText } from "./ending.ts";
import { Attempts, Memory, Reports, Splits } from "./records.tsx";
import { FoldStrip } from "./strip.tsx";

/** A trial with all that is recorded of it. */
export function Trial({ data, number }: { readonly data: StudyData; readonly number: number }) {
  const [trial, setTrial] = useState<TrialDetailJson | null>(null);
  const [error, setError] = useState<string | null>(null);
  const version = data.version.value;
  data.column("number");
  const isOver = trial !== null && trial.state !== "running" && trial.state !== "waiting";
  // Changes of the trials may be of this one.
  useEffect(() => {
    let isGone = false;
    api.trial(data.name, number).then(
      (found) => {
        if (isGone) return;
        setTrial(found);
        setError(null);
      },
      (fault) => !isGone && setError(lineOf(fault)),
    );
    return () => {
      isGone = true;
    };
  }, [data, number, isOver ? 0 : version, ticks.value]);
  if (error !== null)
    return (
      <div class="empty">
        <h1>Trial {number}</h1>
        <p class="is-error">{error}</p>
        <ViewLink to={{ view: "trials", study: data.name }}>All trials</ViewLink>
      </div>
    );
  if (!trial) return <p class="empty">Reading the trial …</p>;
  return <Detail data={data} trial={trial} />;
}

function Detail({ data, trial }: { readonly data: StudyData; readonly trial: TrialDetailJson }) {
  const directions = data.head.value?.directions ?? [];
  return (
    <>
      <div class="view-head">
        <h1>
          Trial {trial.number} <TrialStateWord state={trial.state} reason={trial.reason} />
        </h1>
        <Neighbours data={data} number={trial.number} />
        <TrialControls data={data} trial={trial} />
      </div>
      <Facts trial={trial} study={data.name} />
      {trial.error && <ErrorText error={trial.error} />}
      <div class="columns">
        <div>
          {trial.strip && <FoldStrip strip={trial.strip} study={data.name} />}
          <Splits trial={trial} directions={directions} />
          <Reports reports={trial.reports} />
          <Attempts trial={trial} />
        </div>
        <div>
          <Params trial={trial} />
          {trial.detail && <Pairs id="detail" title="Detail" values={trial.detail} />}
          <Memory trial={trial} />
        </div>
      </div>
      <p class="small-text">
        The same in a terminal:{" "}
        <CopyText text={command("show", data.name, String(trial.number))} label="the command" />
      </p>
    </>
  );
}

function Neighbours({ data, number }: { readonly data: StudyData; readonly number: number }) {
  return (
    <span class="neighbours">
      {number > 0 && (
        <ViewLink to={{ view: "trial", study: data.name, number: number - 1 }}>previous</ViewLink>
      )}
      <ViewLink to={{ view: "trial", study: data.name, number: number + 1 }}>next</ViewLink>
    </span>
  );
}

/** What the trial came to, in words. */
function Facts({ trial, study }: { readonly trial: TrialDetailJson; readonly study: string }) {
  const { values, estimate, violation, constraints, verdict, waitsFor, why, proposer } = trial;
  const ending = endingText(trial);
  return (
    <dl class="facts">
      <Fact name={values.length > 1 ? "Values" : "Value"}>
        {values.length === 0 ? NOTHING : values.map(valueText).join(", ")}
        {estimate !== null && <span class="soft"> estimate {valueText(estimate)}</span>}
      </Fact>
      <Fact name="Time">
        {spanText(trial.durationMs)}
        <span class="soft"> {betweenText(trial.startedAt, trial.finishedAt)}</span>
      </Fact>
      <Fact name="Memory peak">{bytesText(trial.memory?.peakBytes)}</Fact>
      {constraints.length > 0 && (
        <Fact name="Constraints">
          {constraints.map(valueText).join(", ")}{" "}
          <span class="soft">
            {violation === null ? "" : violation === 0 ? "all met" : `broken by ${valueText(violation)}`}
          </span>
        </Fact>
      )}
      {ending !== null && (
        <Fact name="How it ended">
          <Marked text={ending} />
        </Fact>
      )}
      {verdict && (
        <Fact name="Verdict">
          {verdict.pruner}: {verdict.text}
        </Fact>
      )}
      {trial.invalid !== null && (
        <Fact name="Invalid">
          <strong class="is-error">It counts for nothing</strong>
          <span class="soft">
            {" "}
            since {timeText(trial.invalid.at)}
            {trial.invalid.who !== null && `, by ${trial.invalid.who}`}
          </span>
          {trial.invalid.reason !== null && `: ${trial.invalid.reason}`}
        </Fact>
      )}
      {waitsFor !== null && <Fact name="Waits for">{waitsFor}</Fact>}
      {proposer !== null && (
        <Fact name="Proposed by">
          {proposer}
          {why !== null && <span class="soft">: {why}</span>}
        </Fact>
      )}
      {trial.attempts > 1 && <Fact name="Attempts">{trial.attempts}</Fact>}
      {trial.strip?.objectives[0]?.incumbent != null && (
        <Fact name="Compared with">
          <TrialLink study={study} number={trial.strip.objectives[0].incumbent} />
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function ErrorText({ error }: { readonly error: NonNullable<TrialDetailJson["error"]> }) {
  const text =
    "stack" in error && typeof error.stack === "string" ? error.stack : JSON.stringify(error, null, 2);
  return (
    <Section id="error" title="Error" aside={<CopyButton text={text} label="the error" />}>
      <Scroll label="The text of the error">
        <pre class="error-text">{text}</pre>
      </Scroll>
    </Section>
  );
}

function Params({ trial }: { readonly trial: TrialDetailJson }) {
  const text = JSON.stringify(trial.params);
  return (
    <Section
      id="params"
      title="Params"
      aside={
        <CopyButton text={text} label="the params as JSON">
          copy JSON
        </CopyButton>
      }
    >
      <PairList values={trial.params} />
      {Object.keys(trial.params).length === 0 && <Empty>This trial has no params.</Empty>}
    </Section>
  );
}

function Pairs(props: {
  readonly id: string;
  readonly title: string;
  readonly values: Readonly<Record<string, unknown>>;
}) {
  const { id, title, values } = props;
  return (
    <Section id={id} title={title}>
      <dl class="pairs">
        {Object.entries(values).map(([key, value]) => {
          const [name, text] = factText(key, value);
          return (
            <div key={key}>
              <dt title={key}>{name}</dt>
              <dd>{text}</dd>
            </div>
          );
        })}
      </dl>
    </Section>
  );
}

function PairList({ values }: { readonly values: Readonly<Record<string, unknown>> }) {
  return (
    <dl class="pairs">
      {Object.entries(values).map(([name, value]) => (
        <div key={name}>
          <dt title={name}>{name}</dt>
          <dd>{anyText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
