import type { Reason, TrialState } from "../../../core/trial.ts";
import type { StudyJson } from "../../../report/list.ts";

/** The state of a study, with what it means for people. */
const STUDY_STATES: Readonly<Record<StudyJson["state"], readonly [kind: string, meaning: string]>> = {
  running: ["running", "a coordinator runs it now"],
  paused: ["waiting", "no new trials start until it is resumed"],
  interrupted: ["fail", "its coordinator has died; `belay resume` goes on"],
  finished: ["complete", "all its trials are over"],
  target: ["complete", "the best value reached the target"],
  timeout: ["pruned", "the time for the study was over"],
  exhausted: ["complete", "the sampler has nothing more to propose"],
  stopped: ["pruned", "a person stopped it"],
  breaker: ["fail", "nearly every trial was lost, so no further ones were started"],
  converged: ["complete", "a stop rule expects no further gain"],
};

/** The state of a study, as a coloured mark and a word. */
export function StudyState({ state }: { readonly state: StudyJson["state"] }) {
  const [kind, meaning] = STUDY_STATES[state] ?? ["waiting", state];
  return (
    <span class={`state is-${kind}`} title={meaning}>
      {state}
    </span>
  );
}

/** What the state of a study means, in a sentence. */
export function stateMeaning(state: StudyJson["state"]): string {
  return STUDY_STATES[state]?.[1] ?? state;
}

/** The state of a trial and why it ended so, as a coloured mark and words. */
export function TrialStateWord({
  state,
  reason,
}: {
  readonly state: TrialState;
  readonly reason?: Reason | null;
}) {
  return (
    <span class={`state is-${state}`}>
      {state}
      {reason ? <span class="soft"> {reason}</span> : null}
    </span>
  );
}
