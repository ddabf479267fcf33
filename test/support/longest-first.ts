import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Folders whose files take the longest, the slowest first. */
const LONG = ["test/scenarios/", "test/cli/", "test/worker/"];

/**
 * Starts the files of the long folders first, so that none of them runs alone at the end. It does not depend on the times
 * of an earlier run, which a fresh checkout does not have.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONG.findIndex((folder) => moduleId.includes(`/${folder}`));
      return found < 0 ? LONG.length : found;
    };
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
