import { BelayError, didYouMean, show } from "../core/error.ts";
import type { Pruner, PrunerName } from "../core/pruner.ts";
import { none } from "./none.ts";
import { median } from "./percentile.ts";

const MAKERS: Readonly<Record<PrunerName, () => Pruner>> = { none, median };

/** The names that `prunerByName` knows, for help texts. */
export const PRUNER_NAMES: readonly string[] = Object.keys(MAKERS);

/**
 * The pruner of that name, with its default options.
 *
 * @throws BelayError `usage`: an unknown name; the nearest one is offered.
 */
export function prunerByName(name: string): Pruner {
  if (Object.hasOwn(MAKERS, name)) return MAKERS[name as PrunerName]();
  const hint = didYouMean(name, PRUNER_NAMES);
  throw new BelayError(
    "usage",
    `pruner: expected one of ${PRUNER_NAMES.join(", ")}, got ${show(name)}${hint}`,
  );
}
