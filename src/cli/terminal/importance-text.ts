import type { ImportanceJson } from "../../report/importance.ts";
import { wrapped } from "./wrap.ts";

const NAME_WIDTH = 24;
const BAR_WIDTH = 40;
/** With fewer trials in the target the shares say little. */
const FEW = 5;

/** What the trials of a target are. */
const TARGETS: Readonly<Record<string, string>> = {
  duration: "the slowest tenth",
  memory: "the tenth that needed most memory",
  killed: "those that a limit ended",
};

/** A bar for each param, the most important first; no line is wider than 80 columns. */
export function importanceLines({
  study,
  target,
  trials,
  targetTrials,
  importance,
}: ImportanceJson): string[] {
  const what = TARGETS[target] ?? `the best tenth by ${target}`;
  if (importance.every((each) => each.importance === 0))
    return wrapped(`${study}: no param sets ${what} apart from the other ${trials} trials`, "  ");
  const names = importance.map(({ param }) =>
    param.length > NAME_WIDTH ? `${param.slice(0, NAME_WIDTH - 1)}…` : param,
  );
  const width = names.reduce((most, name) => Math.max(most, name.length), 0);
  const [{ importance: most } = { importance: 1 }] = importance;
  return [
    ...wrapped(`${study}: what sets ${what} apart (${targetTrials} of ${trials} trials)`, "  "),
    ...importance.map(({ importance: share }, i) => {
      const percent = `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`.padStart(6);
      return `${names[i]!.padEnd(width)} ${percent}  ${bar(share / most)}`.trimEnd();
    }),
    ...(targetTrials < FEW
      ? [
          `${targetTrials === 1 ? "One trial is" : `${targetTrials} trials are`} few: another would change these shares.`,
        ]
      : []),
  ];
}

/** A bar of half blocks. */
function bar(share: number): string {
  const halves = Math.round(share * BAR_WIDTH * 2);
  return "█".repeat(halves >> 1) + (halves % 2 === 1 ? "▌" : "");
}
