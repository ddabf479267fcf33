import type { AnalysisJson } from "../../../../report/page/page.ts";

/** What an analysis has found so far; null while there is nothing yet. */
export function foundIn<T>(answer: AnalysisJson<T> | undefined): T | null {
  return answer && "data" in answer ? answer.data : null;
}

/** Why an analysis shows nothing: it is being made, or cannot be. */
export function Pending({ answer }: { readonly answer: AnalysisJson<unknown> | undefined }) {
  return (
    <p class="plot-loading" role="status">
      {answer?.state === "failed" ? answer.message : "This analysis is being made."}
    </p>
  );
}
