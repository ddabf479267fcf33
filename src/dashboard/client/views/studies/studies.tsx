import { signal } from "@preact/signals";
import { finishedOf } from "../../../../core/trial.ts";
import type { StudyCardJson } from "../../../../report/page/page.ts";
import { StackedBar } from "../../parts/bar.tsx";
import { CopyText } from "../../parts/copy.tsx";
import { CourseLine } from "../../parts/course.tsx";
import { TrialLink, ViewLink } from "../../parts/link.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { Marked } from "../../parts/section.tsx";
import { StudyState, stateMeaning } from "../../parts/words.tsx";
import { addressOf, go, queryValue, setQuery } from "../../state/address.ts";
import { command, studies, studiesError } from "../../state/app.ts";
import { trouble } from "../../state/connection.ts";
import { hoursText, NOTHING, spanText, timeText, valueText } from "../../state/format.ts";
import { arrange, readStudySort, type StudySort } from "./order.ts";

/** The studies that are chosen to be compared. */
const chosen = signal<ReadonlySet<string>>(new Set());

/** All studies of the database. */
export function Studies() {
  const all = studies.value;
  const failure = trouble.value ?? studiesError.value;
  if (!all && failure === null) return <p class="empty">Reading the studies …</p>;
  if (!all || all.length === 0)
    return (
      <div class="empty">
        <h1>{all ? "No studies yet" : "No studies can be shown"}</h1>
        {failure !== null && (
          <p>
            <Marked text={failure} />
          </p>
        )}
        {!failure?.includes("`") && (
          <p>
            This page shows them as soon as there are some. <code>{command("new", "first")}</code> writes a
            study to start from, and <code>{command("launch", "first.ts")}</code> runs it.
          </p>
        )}
      </div>
    );
  const shown = arrange(all, queryValue("search"), queryValue("sort"));
  return (
    <>
      <div class="view-head">
        <h1>Studies</h1>
        <input
          type="search"
          data-filter
          aria-label="Search by name, file or state"
          placeholder="Search by name, file or state"
          value={queryValue("search")}
          onInput={(event) => setQuery({ search: event.currentTarget.value })}
        />
        <CompareButton />
      </div>
      <Scroll label="Studies">
        <table class="studies">
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Compare</span>
              </th>
              <SortHead by="study" text="Study" />
              <SortHead by="state" text="State" />
              <SortHead by="progress" text="Trials" />
              <SortHead by="best" text="Best" isNumber />
              <th scope="col" class="if-wide">
                Course
              </th>
              <SortHead by="left" text="Left" isNumber />
              <SortHead by="compute" text="Compute" isNumber />
              <SortHead by="created" text="Created" />
            </tr>
          </thead>
          <tbody>
            {shown.map((card) => (
              <StudyRow key={card.study} card={card} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length === 0 && <p class="empty">No study matches this search.</p>}
    </>
  );
}

function CompareButton() {
  const names = [...chosen.value];
  return (
    <button
      type="button"
      disabled={names.length < 2}
      title="Choose two or more studies"
      onClick={() => go(addressOf({ view: "compare", studies: names }))}
    >
      Compare{names.length > 0 ? ` ${names.length}` : ""}
    </button>
  );
}

/** Columns that a narrow window leaves out. */
const NARROW: Readonly<Partial<Record<StudySort, string>>> = {
  created: "if-wide",
  compute: "if-wide",
  left: "if-medium",
};

function SortHead(props: { readonly by: StudySort; readonly text: string; readonly isNumber?: boolean }) {
  const { by, text, isNumber } = props;
  const sort = readStudySort(queryValue("sort"));
  const isOwn = sort.by === by;
  const next = isOwn && !sort.descending ? `${by}:desc` : by;
  return (
    <th
      scope="col"
      class={`${isNumber ? "number" : ""} ${NARROW[by] ?? ""}`}
      aria-sort={isOwn ? (sort.descending ? "descending" : "ascending") : "none"}
    >
      <button type="button" class="sort" onClick={() => setQuery({ sort: next })}>
        {text}
      </button>
    </th>
  );
}

function StudyRow({ card }: { readonly card: StudyCardJson }) {
  const { study, state, trials, target, best, front, course, leftMs, computeMs, createdAt, resume } = card;
  const finished = finishedOf(trials);
  const isChosen = chosen.value.has(study);
  const choose = (): void => {
    const next = new Set(chosen.value);
    if (!next.delete(study)) next.add(study);
    chosen.value = next;
  };
  const parts = (["complete", "pruned", "fail", "running"] as const).map((kind) => ({
    kind,
    count: trials[kind],
  }));
  return (
    <tr>
      <td>
        <input type="checkbox" checked={isChosen} onChange={choose} aria-label={`Compare ${study}`} />
      </td>
      <th scope="row" class="name">
        <StudyName card={card} />
        {resume && <ResumeNote resume={resume} />}
      </th>
      <td>
        <StudyState state={state} />
        <div class="soft small-text state-note">
          {ownerText(card) ?? stateMeaning(state).replaceAll("`", "")}
        </div>
      </td>
      <td class="progress">
        <StackedBar
          parts={parts}
          total={Math.max(target, finished)}
          label={`${finished} of ${target}: ${trials.complete} complete, ${trials.pruned} pruned, ${trials.fail} failed`}
        />
        <div class="small-text">
          {finished} of {target}
          {trials.fail > 0 ? <span class="soft">, {trials.fail} failed</span> : null}
        </div>
      </td>
      <td class="number">
        {best ? (
          <>
            {valueText(best.value)} <TrialLink study={study} number={best.number} />
          </>
        ) : front && front.length > 0 ? (
          `front of ${front.length}`
        ) : (
          NOTHING
        )}
      </td>
      <td class="if-wide">
        <CourseLine course={course} />
      </td>
      <td class="number if-medium">{spanText(leftMs)}</td>
      <td class="number if-wide">{hoursText(computeMs)}</td>
      <td class="if-wide soft">{timeText(createdAt).slice(0, 16)}</td>
    </tr>
  );
}

function StudyName({ card }: { readonly card: StudyCardJson }) {
  return (
    <ViewLink to={{ view: "study", study: card.study }} title={card.studyFile} isRow>
      {card.study}
    </ViewLink>
  );
}

function ResumeNote({ resume }: { readonly resume: NonNullable<StudyCardJson["resume"]> }) {
  return (
    <details class="resume">
      <summary>what resume does</summary>
      <p>
        <Marked text={resume.text} />
      </p>
      <CopyText text={resume.command} label="the command" />
    </details>
  );
}

/** Who runs a study, and when it last gave a sign of life; null if nobody does. */
function ownerText({ owner, heartbeatAgeMs }: StudyCardJson): string | null {
  if (!owner) return null;
  const age = heartbeatAgeMs === null ? "" : `, seen ${spanText(heartbeatAgeMs)} ago`;
  return `pid ${owner.pid} on ${owner.hostname}${age}`;
}
