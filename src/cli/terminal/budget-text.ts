import { formatSize } from "../../core/units.ts";
import type { Budget } from "../../launch/budget.ts";

/** The budget for people. */
export function budgetText(budget: Budget): string {
  const size = (bytes: number | null): string => (bytes === null ? "unknown" : formatSize(bytes));
  const { known, workers, limitedBy } = budget;
  const trial =
    budget.trialBytes === null
      ? "unknown before the first trials (launch it once: it starts with one and widens)"
      : `${size(budget.trialBytes)} more (95 % quantile of ${known} trials)`;
  return [
    `memory budget of ${budget.study}`,
    `  base        ${size(budget.baseBytes)}  (the coordinator)`,
    `  per worker  ${size(budget.workerBytes)}  (a host with its data)`,
    `  per trial   ${trial}`,
    `  headroom    ${size(budget.headroomBytes)}  (${size(budget.availableBytes)} available, ${size(budget.reserveBytes)} reserve)`,
    `  workers     ${workers}  (limited by ${limitedBy}; --workers auto finds and follows it)`,
  ].join("\n");
}
