import { finishedOf } from "../../../../core/trial.ts";
import type { StudyCardJson } from "../../../../report/page/page.ts";

/** By what the list of studies can be sorted. */
export const STUDY_SORTS = ["created", "study", "state", "progress", "best", "left", "compute"] as const;
export type StudySort = (typeof STUDY_SORTS)[number];

/** What decides the place of a study; null comes last. */
const KEYS: Readonly<Record<StudySort, (card: StudyCardJson) => string | number | null>> = {
  created: ({ createdAt }) => createdAt,
  study: ({ study }) => study.toLowerCase(),
  state: ({ state }) => state,
  progress: (card) => progressOf(card),
  best: ({ best }) => best?.value ?? null,
  left: ({ leftMs }) => leftMs,
  compute: ({ computeMs }) => computeMs,
};

/** The share of a study's trials that are over. */
export function progressOf({ trials, target }: StudyCardJson): number {
  return target === 0 ? 0 : finishedOf(trials) / target;
}

/** By what to sort, and whether the largest comes first, from a text such as `best:desc`. @default created:desc */
export function readStudySort(text: string): { readonly by: StudySort; readonly descending: boolean } {
  const [by, order] = text.split(":");
  const known = STUDY_SORTS.find((each) => each === by);
  return known ? { by: known, descending: order === "desc" } : { by: "created", descending: true };
}

/** The studies whose name, file or state contains all words of a text, in an order. */
export function arrange(cards: readonly StudyCardJson[], search: string, sort: string): StudyCardJson[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const { by, descending } = readStudySort(sort);
  const keyOf = KEYS[by];
  return cards
    .filter(({ study, state, studyFile }) => {
      const text = `${study} ${state} ${studyFile}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => {
      const [one, other] = [keyOf(a), keyOf(b)];
      if (one === other) return 0;
      if (one === null || other === null) return one === null ? 1 : -1;
      return (one < other ? -1 : 1) * (descending ? -1 : 1);
    });
}
