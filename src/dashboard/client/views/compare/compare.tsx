import { useEffect, useState } from "preact/hooks";
import type { AnalysisJson, ComparePageJson } from "../../../../report/page/page.ts";
import { api } from "../../data/api.ts";
import { CopyText } from "../../parts/copy.tsx";
import { ViewLink } from "../../parts/link.tsx";
import { Empty, Marked } from "../../parts/section.tsx";
import { ComparePlots } from "../../plots/compare.tsx";
import { addressOf, go } from "../../state/address.ts";
import { command, studies as known, ticks } from "../../state/app.ts";
import { lineOf } from "../../state/fault.ts";
import { Ahead, ComparisonTables } from "./tables.tsx";

/** How soon a comparison that is being computed is asked for again. */
const AGAIN_MS = 700;

/** Several studies side by side. */
export function Compare({ studies }: { readonly studies: readonly string[] }) {
  const answer = useComparison(studies);
  return (
    <>
      <div class="view-head">
        <h1>Compare</h1>
        <Chooser studies={studies} />
      </div>
      {studies.length < 2 && (
        <Empty>
          Choose two or more studies, here or in the <ViewLink to={{ view: "studies" }}>list of all</ViewLink>
          .
        </Empty>
      )}
      {studies.length >= 2 && (!answer || answer.state === "computing") && <Empty>Comparing …</Empty>}
      {answer?.state === "failed" && (
        <p class="banner is-danger">
          <Marked text={answer.message} />
        </p>
      )}
      {answer && "data" in answer && (
        <>
          <Ahead ahead={answer.data.ahead} />
          <div class="plot-grid compare-plots">
            <ComparePlots studies={studies} />
          </div>
          <ComparisonTables comparison={answer.data} />
        </>
      )}
      {studies.length >= 2 && (
        <p class="small-text">
          The same in a terminal: <CopyText text={command("compare", ...studies)} label="the command" />
        </p>
      )}
    </>
  );
}

/** Adds a study to the comparison, or takes one out. */
function Chooser({ studies }: { readonly studies: readonly string[] }) {
  const others = (known.value ?? []).filter(({ study }) => !studies.includes(study));
  const show = (names: readonly string[]): void => go(addressOf({ view: "compare", studies: names }));
  return (
    <>
      {studies.map((study) => (
        <button
          type="button"
          key={study}
          aria-label={`Take out ${study}`}
          onClick={() => show(studies.filter((each) => each !== study))}
        >
          {study} ×
        </button>
      ))}
      {others.length > 0 && (
        <select
          aria-label="Add a study"
          value=""
          onChange={(event) => show([...studies, event.currentTarget.value])}
        >
          <option value="">add a study</option>
          {others.map(({ study }) => (
            <option key={study} value={study}>
              {study}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

/** The comparison of studies, asked for again while it is computed and after events were missed. */
function useComparison(studies: readonly string[]): AnalysisJson<ComparePageJson> | null {
  const [answer, setAnswer] = useState<AnalysisJson<ComparePageJson> | null>(null);
  const names = studies.join("\n");
  const tick = ticks.value;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isGone = false;
    const wanted = names === "" ? [] : names.split("\n");
    const ask = async (): Promise<void> => {
      const found = await api
        .compare(wanted)
        .catch((fault: unknown) => ({ state: "failed", message: lineOf(fault) }) as const);
      if (isGone) return;
      setAnswer(found);
      if (found.state === "computing" || found.state === "old") timer = setTimeout(ask, AGAIN_MS);
    };
    if (wanted.length >= 2) void ask();
    else setAnswer(null);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [names, tick]);
  return answer;
}
