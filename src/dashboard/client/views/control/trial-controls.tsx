import type { TrialJson } from "../../../../report/trial.ts";
import type { StudyData } from "../../state/study-data.ts";
import { killAction, validateAction } from "./action.ts";
import { ask, asked } from "./dialog.tsx";
import { EnqueueForm } from "./enqueue-form.tsx";
import { InvalidateForm } from "./invalidate-form.tsx";

/** What can be done with a trial, as buttons. */
export function TrialControls(props: {
  readonly data: StudyData;
  readonly trial: Pick<TrialJson, "number" | "state" | "params" | "invalid">;
}) {
  const { data, trial } = props;
  const { number, state, params } = trial;
  const head = data.head.value;
  const { name } = data;
  const isOver = state !== "running" && state !== "waiting";
  const isInvalid = trial.invalid !== null;
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
      {isOver && !isInvalid && (
        <button type="button" onClick={invalidate}>
          Invalidate …
        </button>
      )}
      {isOver && isInvalid && (
        <button type="button" onClick={() => ask(name, validateAction(name, number))}>
          Count it again …
        </button>
      )}
    </fieldset>
  );
}
