import { BelayError } from "../core/error.ts";
import { prunerNote } from "../core/search/pruner.ts";
import type { StudyManifest } from "../core/study.ts";
import { pruners } from "../pruner/registry.ts";
import { type ResolvedSettings, UNDECIDED } from "./settings.ts";

/** With fewer splits a race can save little, and knows little about how splits differ. */
const LEAST_SPLITS = 3;

function splitsText(splitCount: number): string {
  return splitCount === 1 ? "one split" : `${splitCount} splits`;
}

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
        ? ["none", splitsText(splitCount)]
        : aggregate !== "other"
          ? ["race(alpha=0.05)", `one objective and ${splitCount} splits`]
          : ["none", "an aggregate that some splits do not tell"];
  return {
    settings: { ...settings, pruner: value! },
    sources: { ...sources, pruner: { value: value!, source: `default for ${why}` } },
  };
}

/** Settings with an order of splits: the one that was chosen, or the one by which the pruner judges best. */
export function decideSplitOrder(
  { settings, sources }: ResolvedSettings,
  { directions, aggregate }: StudyManifest,
  splitCount: number,
): ResolvedSettings {
  if ((settings.splitOrder as string) !== UNDECIDED) return { settings, sources };
  const { splitOrder } = pruners.make("pruner", settings.pruner);
  const isJudged = directions.length === 1 && aggregate === "mean" && splitCount >= LEAST_SPLITS;
  const value = splitOrder === "informative" && isJudged ? "informative" : "given";
  const source =
    value === "informative"
      ? `default for ${settings.pruner} over ${splitCount} splits`
      : splitOrder === "informative"
        ? `default for ${directions.length > 1 ? "several objectives" : aggregate === "mean" ? splitsText(splitCount) : "an aggregate that is not the mean"}`
        : `default for ${settings.pruner}`;
  return {
    settings: { ...settings, splitOrder: value },
    sources: { ...sources, splitOrder: { value, source } },
  };
}

/**
 * Refuses an order of its own for each trial where the pruner compares trials at their first splits.
 *
 * @throws BelayError `usage`.
 */
export function checkSplitOrder({ settings: { pruner, splitOrder }, sources }: ResolvedSettings): void {
  if (splitOrder !== "informative" || pruner === UNDECIDED) return;
  if (pruners.make("pruner", pruner).splitOrder !== "given") return;
  const what = sources.splitOrder?.source === "command line" ? "--split-order" : "splitOrder";
  throw new BelayError(
    "usage",
    `${what}: expected given, since ${pruner} compares trials at their first splits, got informative`,
  );
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
