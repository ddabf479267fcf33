import type { AheadJson } from "../../../../report/compare/compare.ts";
import { valueText } from "../../state/format.ts";

/** Whose best trial is ahead, and whether that is more than noise, in a sentence. */
export function aheadText({ study, than, sharesSplits, splits, better, low, high }: AheadJson): string {
  if (better === 0 && low === null) return `The best trials of ${study} and ${than} are equally good.`;
  const [first, second, flip] = better >= 0 ? [study, than, 1] : [than, study, -1];
  const lead = `The best of ${first} is ahead of that of ${second} by ${valueText(Math.abs(better))}`;
  if (low === null || high === null)
    return `${lead}. ${sharesSplits ? "One common split does not tell" : "Without common splits it is not known"} whether that is noise.`;
  const bounds = [low * flip, high * flip].sort((a, b) => a - b);
  const interval = `, with 95 % between ${bounds.map(valueText).join(" and ")}, over ${splits} splits`;
  return `${lead}${interval}: ${bounds[0]! > 0 ? "more than noise" : "that may be noise"}.`;
}
