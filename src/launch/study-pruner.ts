import { idleNote } from "../core/search/pruner.ts";
import type { StudyManifest } from "../core/study.ts";
import { pruners } from "../pruner/registry.ts";
import { type ResolvedSettings, UNDECIDED } from "./settings.ts";

/** With fewer splits a race can save little, and knows little about how splits differ. */
const LEAST_SPLITS = 3;

/** Settings with a pruner: the chosen one, or else the default for such a study. The source of the default says why. */
export function decidePruner(
  { settings, sources }: ResolvedSettings,
  { directions, isMean }: StudyManifest,
  splitCount: number,
): ResolvedSettings {
  if (settings.pruner !== UNDECIDED) return { settings, sources };
  const [value, why] =
    directions.length > 1
      ? ["none", "several objectives"]
      : splitCount < LEAST_SPLITS
        ? ["none", splitCount === 1 ? "one split" : `${splitCount} splits`]
        : isMean
          ? ["race(alpha=0.05)", `one objective and ${splitCount} splits`]
          : ["none", "an aggregate that is not the mean"];
  return {
    settings: { ...settings, pruner: value! },
    sources: { ...sources, pruner: { value: value!, source: `default for ${why}` } },
  };
}

/**
 * Why a pruner will end no trial of a study, in one line; null when it can.
 *
 * @param pruner - The one that judges, as text: of a study that exists already, the one in its row.
 */
export function idlePruner(
  pruner: string,
  { directions, isMean }: StudyManifest,
  splitCount: number,
): string | null {
  return idleNote(pruners.make("pruner", pruner), { directions, splitCount, isMean });
}
