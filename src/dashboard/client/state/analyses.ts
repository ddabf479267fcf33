import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Analyses, AnalysisJson, AnalysisName } from "../../../report/page/page.ts";
import type { api } from "../data/api.ts";
import { lineOf } from "./fault.ts";

/** How long after an answer that an analysis is being computed it is asked for again, should no event come. */
const COMPUTING_MS = 2_000;

/** The analyses of a study, each asked for when it is first looked at. */
export function analysesOf(study: string, source: Pick<typeof api, "analysis">) {
  const known = new Map<AnalysisName, Signal<AnalysisJson<unknown> | undefined>>();
  let isClosed = false;
  async function ask(name: AnalysisName): Promise<void> {
    const found = known.get(name);
    if (!found || isClosed) return;
    const answer = await source
      .analysis(study, name)
      .catch((fault: unknown): AnalysisJson<never> => ({ state: "failed", message: lineOf(fault) }));
    // What was there stays on the page while a newer one is being made.
    if (answer.state !== "computing" || !found.peek()) found.value = answer;
    if (answer.state === "computing") setTimeout(() => void ask(name), COMPUTING_MS);
  }
  return {
    analysis<Name extends AnalysisName>(
      name: Name,
    ): ReadonlySignal<AnalysisJson<Analyses[Name]> | undefined> {
      let found = known.get(name);
      if (!found) {
        found = signal(undefined);
        known.set(name, found);
        queueMicrotask(() => void ask(name));
      }
      return found as Signal<AnalysisJson<Analyses[Name]> | undefined>;
    },
    again: (name: AnalysisName): void => void ask(name),
    close(): void {
      isClosed = true;
    },
  };
}
