import { BelayError } from "../core/error.ts";
import type { StudyManifest } from "../core/study.ts";
import type { Ready } from "./host-client.ts";

/** Refuses hosts that do not find the same study as the first one: their values could not be compared. */
export function sameStudy() {
  const first = new Map<string, string>();
  const check = (what: string, told: string, culprit: string): void => {
    const expected = first.get(what) ?? told;
    first.set(what, expected);
    if (told === expected) return;
    throw new BelayError(
      "setup",
      `${what}: expected the same in every host (${expected}), got ${told}: ${culprit} depend on time or chance?`,
    );
  };
  return {
    /** @throws BelayError `setup` */
    checkManifest: ({ directions }: StudyManifest): void =>
      check("directions", directions.join(", "), "does the study file"),
    /** @throws BelayError `setup` */
    checkSplits({ splitHash, splitCount }: Ready): void {
      const told = `${splitCount} splits, hash ${splitHash.slice(0, 12)}`;
      check("splits", told, "do `data` and `splits`");
    },
  };
}
