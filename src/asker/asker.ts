import {
  type AskContext,
  type AskedStudy,
  type Asker,
  type Suggestion,
  suggest,
} from "../core/search/sampler.ts";
import { samplers } from "../sampler/registry.ts";
import { type AskerThread, LOST, startAskerThread } from "./thread.ts";

/** An ask that costs more holds up commands and other trials for too long. */
const SLOW_MS = 10;
/** After so many costly asks in a row the next ones are costly too: a single one may have compiled or collected garbage. */
const SLOW_ASKS = 3;

/** An asker with a thread that has to be ended. */
export interface ClosableAsker extends Asker {
  close(): Promise<void>;
}

/**
 * Asks a sampler in the study's loop as long as that is quick, and in a thread beside it from the first ask on that the
 * sampler says is slow, or when three in a row were. The answers are the same, because a sampler is a pure function of
 * what it is asked with. The thread then has all asks, so that what the sampler has cached is in one place.
 *
 * @param spec - The sampler as text, such as `gp(startupTrials=16)`.
 * @throws BelayError `usage`: the text names no sampler.
 */
export function openAsker(spec: string, study: AskedStudy): ClosableAsker {
  const sampler = samplers.make("sampler", spec);
  let thread: AskerThread | null = null;
  let isLost = false;
  let isClosed = false;
  let slowAsks = 0;

  function askHere(context: AskContext): Suggestion | null {
    // Reading the processor time takes as long as a cheap ask, so it is read only after an ask that took long.
    const used = slowAsks > 0 ? process.cpuUsage() : null;
    const began = performance.now();
    const suggestion = suggest(sampler, context);
    const isSlow = performance.now() - began > SLOW_MS && (used === null || usedMs(used) > SLOW_MS);
    slowAsks = isSlow ? slowAsks + 1 : 0;
    return suggestion;
  }

  async function askBeside(beside: AskerThread, context: AskContext): Promise<Suggestion | null> {
    const answer = await beside.ask(context);
    if (answer !== LOST) return answer;
    if (isClosed) return null; // nobody waits for it
    // The study goes on without the thread. If something is wrong with the sampler, it comes out here.
    isLost = true;
    return suggest(sampler, context);
  }

  /** The thread, which the first slow ask starts; null: it cannot be started, or has ended. */
  function threadFor(context: AskContext): AskerThread | null {
    if (isLost || thread) return isLost ? null : thread;
    if (slowAsks < SLOW_ASKS && !sampler.isSlow?.(context)) return null;
    try {
      thread = startAskerThread({ sampler: spec, study });
    } catch {
      isLost = true; // the system has no thread left
    }
    return thread;
  }

  return {
    name: sampler.name,
    ask(context) {
      const beside = threadFor(context);
      return beside ? askBeside(beside, context) : askHere(context);
    },
    async close() {
      isClosed = true;
      await thread?.close();
    },
  };
}

/** The processor time of this process since `from`. */
function usedMs(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1_000;
}
