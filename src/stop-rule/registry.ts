import { BelayError } from "../core/error.ts";
import { type Maker, registry } from "../core/search/registry.ts";
import { formatSpec, splitSpecs } from "../core/search/spec.ts";
import type { StopRule, StopRuleName } from "../core/search/stop-rule.ts";
import { type CostOptions, cost } from "./cost.ts";
import { noImprovement } from "./no-improvement.ts";
import { regret } from "./regret.ts";

/** The stop rules by name. Each factory checks its own options. */
const MAKERS: Readonly<Record<StopRuleName, Maker<StopRule>>> = {
  "no-improvement": { make: noImprovement, first: "trials" },
  regret: { make: regret, first: "below" },
  cost: { make: (options) => cost(options as unknown as CostOptions), first: "hours" },
};

export const stopRules = registry<StopRule>(MAKERS);

const EXPECTED = "stop rules such as no-improvement(trials=50), or none";

/** The word for no stop rule. */
const NONE = "none";

/**
 * Reads texts into the specs of stop rules. Each text is a list such as `no-improvement(trials=50), cost(hours=8)`, or
 * `none`.
 *
 * @param what - Where the texts come from, for errors: `--stop`, `digits.ts: stop`.
 * @throws BelayError `usage`, one line: an unknown name or option (the nearest one is offered), a wrong value, a rule that
 * is given twice, or `none` beside a rule.
 */
export function readStopRules(what: string, texts: readonly string[]): string[] {
  const given = texts
    .filter((text) => text.trim() !== NONE)
    .flatMap((text) => splitSpecs(what, text, EXPECTED));
  for (const text of given) stopRules.make(what, text);
  const specs = given.map((text) => stopRules.read(what, text));
  specs.forEach(({ name }, i) => {
    if (specs.findIndex((other) => other.name === name) < i)
      throw new BelayError("usage", `${what}: expected ${name} once, got it twice`);
  });
  if (specs.length > 0 && texts.some((text) => text.trim() === NONE))
    throw new BelayError("usage", `${what}: expected either ${NONE} or rules, got both`);
  return specs.map(formatSpec);
}

/** Makes the rules from specs that `readStopRules` returned. */
export function makeStopRules(what: string, texts: readonly string[]): StopRule[] {
  return texts.map((text) => stopRules.make(what, text));
}
