import type { Params } from "../../../../core/space/space.ts";
import type { TrialState } from "../../../../core/trial.ts";
import { rowOf } from "../../state/column-store.ts";
import type { StudyData } from "../../state/study-data.ts";
import { killAction, validateAction } from "./action.ts";
import { ask, asked } from "./dialog.tsx";
import { EnqueueForm } from "./enqueue-form.tsx";
import { InvalidateForm } from "./invalidate-form.tsx";

/** What can be done with a trial, as buttons. */
export function TrialControls(props: {
  readonly data: StudyData;
  readonly number: number;
  readonly state: TrialState;
  readonly params: Params;
}) {
  const { data, number, state, params } = props;
  const head = data.head.value;
  const { name } = data;
  const isOver = state !== "running" && state !== "waiting";
  const isInvalid = useInvalid(data, number);
  // A server of an older version cannot have trials ignored.
  const mayInvalidate = head?.columns.some((column) => column.name === "invalid") === true;
  const enqueue = (): void => {
    if (head) asked.value = () => <EnqueueForm study={name} head={head} from={params} />;
  };
  const invalidate = (): void => {
    asked.value = () => <InvalidateForm study={name} number={number} />;
  };
  return (
    <fieldset class="controls">
      <legend class="hidden">Control</legend>
      {state === "running" && (
        <button type="button" onClick={() => ask(name, killAction(name, number))}>
          Kill …
        </button>
      )}
      <button type="button" onClick={enqueue}>
        Enqueue again …
      </button>
      {isOver && !isInvalid && mayInvalidate && (
        <button type="button" onClick={invalidate}>
          Invalidate …
        </button>
      )}
      {isOver && isInvalid && (
        <button type="button" onClick={() => ask(name, validateAction(name, number))}>
          Count it again …
        </button>
      )}
      {isInvalid && <strong class="is-error">invalidated</strong>}
    </fieldset>
  );
}

/** Whether a person has invalidated the trial. */
function useInvalid(data: StudyData, number: number): boolean {
  const numbers = data.column("number").value;
  const cells = data.column("invalid").value;
  return numbers !== undefined && cells?.[rowOf(numbers, number)] === 1;
}
