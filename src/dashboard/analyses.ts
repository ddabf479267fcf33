import { after } from "../core/timer.ts";
import type { AnalysisKind, Answer, QuickCall, SlowCall } from "./thread/protocol.ts";
import type { ReadingThread } from "./thread/thread.ts";

/** Analyses of studies: each is kept, shown as long as it takes to make a new one, and made again for pages that look at it. */
export interface AnalysisCache {
  /** An analysis as `AnalysisJson` tells, at once. */
  get(study: string, name: AnalysisKind): Promise<Answer>;
  /** Studies side by side, in the same way. */
  compare(studies: readonly string[]): Promise<Answer>;
  /**
   * Has the analyses that pages look at made again before long.
   *
   * @param study - The one whose trials have changed; null: the state of one of them has.
   */
  changed(study: string | null): void;
}

/** What the cache asks, and whom it tells. */
export interface AnalysisContext {
  readonly quick: Pick<ReadingThread<QuickCall>, "ask">;
  readonly slow: Pick<ReadingThread<SlowCall>, "ask">;
  /** Told when an analysis is there. */
  onReady(study: string, name: AnalysisKind, version: number): void;
  /** Whether a page looks at a study. */
  isWatched(study: string): boolean;
}

/** An analysis of a running study is made again at most this often. */
const AGAIN_MS = 10_000;
/** And so seldom that it takes no more than this part of a processor. */
const COST_PART = 0.02;
/** So soon at the latest it is made again once the study has another state, such as `finished`, or other limits. */
const STATE_MS = 1_000;
/** Pages that have not asked for an analysis for so long do not look at it. */
const FORGOTTEN_MS = 5 * 60_000;
/** So long a request waits for an analysis before it says that it is being made. */
const PATIENCE_MS = 50;
/** So many analyses are kept, those that were asked for last. */
const MOST_KEPT = 100;

/** What an analysis is about. */
interface Stamp {
  readonly version: number;
  /** Everything that it depends on. */
  readonly about: string;
  /** The part of it that no trial changes: state, owner, limits, settings. */
  readonly state: string;
}

interface Kept {
  readonly study: string;
  readonly name: AnalysisKind | null;
  readonly call: SlowCall;
  result: (Stamp & { readonly text: string | null; readonly message: string; readonly atMs: number }) | null;
  making: Promise<void> | null;
  askedAtMs: number;
  /** When it may be made again. */
  dueAtMs: number;
  isScheduled: boolean;
}

/** Keeps analyses; they are made one at a time. */
export function analysisCache({ quick, slow, onReady, isWatched }: AnalysisContext): AnalysisCache {
  const all = new Map<string, Kept>();
  let queue: Promise<unknown> = Promise.resolve();

  function keptOf(call: SlowCall, study: string, name: AnalysisKind | null): Kept {
    const key = JSON.stringify(call);
    const kept: Kept = all.get(key) ?? {
      ...{ study, name, call, result: null, making: null, isScheduled: false },
      ...{ askedAtMs: 0, dueAtMs: 0 },
    };
    all.delete(key);
    all.set(key, kept);
    if (all.size > MOST_KEPT) all.delete(all.keys().next().value!);
    return kept;
  }

  /** What the studies are like now; a refusal if they cannot be read. */
  async function stampOf(studies: readonly string[], name: AnalysisKind | null): Promise<Stamp | Answer> {
    const parts: string[] = [];
    const states: string[] = [];
    let version = 0;
    for (const study of studies) {
      const answer = await quick.ask({ kind: "stamp", study });
      if (answer.kind !== "json") return answer;
      const found = JSON.parse(answer.text) as { version: number; stamp: string; isLive: boolean };
      version = Math.max(version, found.version);
      // A summary tells of times, which go on also while no trial ends.
      const clock = name === "summary" && found.isLive ? Math.floor(Date.now() / AGAIN_MS) : 0;
      parts.push(`${found.version} ${found.stamp} ${clock}`);
      states.push(found.stamp);
    }
    return { version, about: parts.join("\n"), state: states.join("\n") };
  }

  function make(kept: Kept, stamp: Stamp): Promise<void> {
    if (kept.making) return kept.making;
    const making = queue.then(() => run(kept, stamp));
    queue = making;
    kept.making = making.then(() => {
      kept.making = null;
    });
    return kept.making;
  }

  async function run(kept: Kept, stamp: Stamp): Promise<void> {
    const began = performance.now();
    const answer = await slow.ask(kept.call);
    const tookMs = performance.now() - began;
    kept.dueAtMs = performance.now() + Math.max(AGAIN_MS, tookMs / COST_PART);
    kept.result = {
      ...{ ...stamp, atMs: Date.now() },
      text: answer.kind === "json" ? answer.text : null,
      message: answer.kind === "refused" ? answer.message : "",
    };
    if (kept.name !== null) onReady(kept.study, kept.name, stamp.version);
  }

  async function answerOf(kept: Kept, studies: readonly string[]): Promise<Answer> {
    const looking = stampOf(studies, kept.name);
    const stamp = await Promise.race([looking, ...(kept.result === null ? [patience()] : [])]);
    if (!stamp) {
      // The trials are still being read: the analysis is made after that.
      looking.then((found) => {
        if (!("kind" in found) && kept.result === null) make(kept, found);
      });
      return asJson(null, { version: 0, about: "", state: "" });
    }
    if ("kind" in stamp) return stamp;
    kept.askedAtMs = performance.now();
    if (isDue(kept, stamp)) {
      const making = make(kept, stamp);
      if (kept.result === null) await Promise.race([making, patience()]);
    } else if (kept.result?.about !== stamp.about) schedule(kept);
    return asJson(kept.result, stamp);
  }

  /** Has an analysis made again as soon as it may be, if a page still looks at it then. */
  function schedule(kept: Kept): void {
    if (kept.isScheduled) return;
    kept.isScheduled = true;
    after(Math.min(STATE_MS, Math.max(0, kept.dueAtMs - performance.now())), async () => {
      kept.isScheduled = false;
      const isForgotten = performance.now() - kept.askedAtMs > FORGOTTEN_MS;
      if (isForgotten || !isWatched(kept.study)) return;
      const stamp = await stampOf([kept.study], kept.name);
      if ("kind" in stamp) return;
      if (isDue(kept, stamp)) make(kept, stamp);
      else if (kept.result?.about !== stamp.about) schedule(kept);
    });
  }

  return {
    get: (study, name) => answerOf(keptOf({ kind: "analysis", study, name }, study, name), [study]),
    compare: (studies) => answerOf(keptOf({ kind: "compare", studies }, studies[0] ?? "", null), studies),
    changed(study) {
      for (const kept of all.values())
        if (kept.name !== null && (study ?? kept.study) === kept.study) schedule(kept);
    },
  };
}

/** Whether an analysis may be made again, and would tell something else. */
function isDue({ result, dueAtMs }: Kept, stamp: Stamp): boolean {
  if (result === null || result.state !== stamp.state) return true;
  return result.about !== stamp.about && performance.now() >= dueAtMs;
}

function asJson(result: Kept["result"], stamp: Stamp): Answer {
  const json = (text: string): Answer => ({ kind: "json", text });
  if (result === null) return json('{"state":"computing","previous":null}');
  const { text, message, version, atMs, about } = result;
  if (text === null) return json(JSON.stringify({ state: "failed", message }));
  const state = about === stamp.about ? "ready" : "old";
  return json(`{"state":"${state}","version":${version},"atMs":${atMs},"data":${text}}`);
}

const patience = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
