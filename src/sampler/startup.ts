import type { AskContext } from "../core/search/sampler.ts";
import type { Space } from "../core/space/space.ts";

/** The least and the most trials that are spread evenly over a space before a model is asked. */
export const [LEAST_STARTUP, MOST_STARTUP] = [8, 24];
/** Running trials count as startup trials too, but at least this many must be finished before a model is asked. */
const LEAST_FINISHED = 4;

/** How many startup trials a Gaussian process needs: a few more than there are params. */
export function startupOf(space: Space): number {
  return Math.min(MOST_STARTUP, Math.max(LEAST_STARTUP, space.params.length + 2));
}

/** Whether the next trial is one of the startup trials. */
export function isStarting(
  { history, space }: Pick<AskContext, "history" | "space">,
  startup = startupOf(space),
): boolean {
  const begun = history.size + history.running.size;
  return begun < startup || history.size < Math.min(startup, LEAST_FINISHED);
}
