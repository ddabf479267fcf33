import { formatValue } from "../../core/units.ts";
import type { BestTrialJson, ModelBestJson } from "../../report/best.ts";

/** The model's best trial beside the one with the best value, which may owe its value to luck. */
export function modelBestText(
  best: BestTrialJson,
  { number, value, params, expected, ofBest }: ModelBestJson,
): string {
  const [one, other] = [expected, ofBest].map(
    ({ mean, low, high }) => `${formatValue(mean)} [${formatValue(low)}, ${formatValue(high)}]`,
  );
  return [
    `the values have noise, and by a model of all trials trial ${number} is the best:`,
    `trial ${number}: ${one} expected, ${formatValue(value)} measured; of trial ${best.number} ${other} is expected`,
    JSON.stringify(params, null, 2),
  ].join("\n");
}
