import { BelayError } from "../core/error.ts";
import type { StudyManifest } from "../core/study.ts";
import type { Ready } from "./host-client.ts";

/** Refuses hosts whose study differs from that of the first host, since their values could not be compared. */
export function sameStudy() {
  const first = new Map<string, string>();
  const check = (what: string, actual: string, culprit: string): void => {
    const expected = first.get(what) ?? actual;
    first.set(what, expected);
    if (actual === expected) return;
    throw new BelayError(
      "setup",
      `${what}: expected the same in every host (${expected}), got ${actual}: ${culprit} depend on time or chance?`,
    );
  };
  return {
    /** @throws BelayError `setup` */
    checkManifest: ({ directions }: StudyManifest): void =>
      check("directions", directions.join(", "), "does the study file"),
    /** @throws BelayError `setup` */
    checkSplits({ splitHash, splitCount }: Ready): void {
      const actual = `${splitCount} splits, hash ${splitHash.slice(0, 12)}`;
      check("splits", actual, "do `data` and `splits`");
    },
  };
}
