import { prunerNote } from "../core/search/pruner.ts";
import type { StudyManifest } from "../core/study.ts";
import { pruners } from "../pruner/registry.ts";
import { type ResolvedSettings, UNDECIDED } from "./settings.ts";

/** With fewer splits a race can save little, and knows little about how splits differ. */
const LEAST_SPLITS = 3;

/** Settings with a pruner: the chosen one, or else the default for such a study. The source of the default says why. */
export function decidePruner(
  { settings, sources }: ResolvedSettings,
  { directions, aggregate }: StudyManifest,
  splitCount: number,
): ResolvedSettings {
  if (settings.pruner !== UNDECIDED) return { settings, sources };
  const [value, why] =
    directions.length > 1
      ? ["none", "several objectives"]
      : splitCount < LEAST_SPLITS
        ? ["none", splitCount === 1 ? "one split" : `${splitCount} splits`]
        : aggregate !== "other"
          ? ["race(alpha=0.05)", `one objective and ${splitCount} splits`]
          : ["none", "an aggregate that some splits do not tell"];
  return {
    settings: { ...settings, pruner: value! },
    sources: { ...sources, pruner: { value: value!, source: `default for ${why}` } },
  };
}

/**
 * Why a pruner will end no trial of a study, or what is different about its verdicts there, in one line; null when there is
 * nothing to say.
 *
 * @param pruner - The one that judges, as text: of a study that exists already, the one in its row.
 */
export function noteOnPruner(
  pruner: string,
  { directions, aggregate }: StudyManifest,
  splitCount: number,
): string | null {
  return prunerNote(pruners.make("pruner", pruner), { directions, splitCount, aggregate });
}
