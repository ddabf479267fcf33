import { CopyText } from "../parts/copy.tsx";
import { Empty } from "../parts/section.tsx";
import { ComparePlots } from "../plots/compare.tsx";
import { command } from "../state/app.ts";

/** Several studies side by side. */
export function Compare({ studies }: { readonly studies: readonly string[] }) {
  return (
    <>
      <div class="view-head">
        <h1>Compare</h1>
      </div>
      {studies.length > 1 && <ComparePlots studies={studies} />}
      {studies.length < 2 && <Empty>Choose two or more studies in the list of all.</Empty>}
      <p class="small-text">
        In a terminal: <CopyText text={command("compare", ...studies)} label="the command" />
      </p>
    </>
  );
}
