import { studies } from "../../state/app.ts";
import type { StudyData } from "../../state/study-data.ts";
import { continueAction, leftText, pauseAction, resumeAction, stopAction } from "./action.ts";
import { ask, asked } from "./dialog.tsx";
import { EnqueueForm } from "./enqueue-form.tsx";
import { SettingsForm } from "./settings-form.tsx";

/** What can be done with a study, as buttons. Where the page may not act, they tell what to type. */
export function StudyControls({ data }: { readonly data: StudyData }) {
  const head = data.head.value;
  const live = data.live.value;
  const { name } = data;
  const card = studies.value?.find(({ study }) => study === name);
  if (!head || !card) return null;
  const state = live?.state ?? card.state;
  const isLive = (live ? live.owner : card.owner) !== null;
  const enqueue = (): void => {
    asked.value = () => <EnqueueForm study={name} head={head} from={card.best?.params ?? {}} />;
  };
  const change = (): void => {
    asked.value = () => <SettingsForm study={name} head={head} />;
  };
  return (
    <fieldset class="controls">
      <legend class="hidden">Control</legend>
      {isLive && state !== "paused" && <Button text="Pause" onClick={() => ask(name, pauseAction(name))} />}
      {isLive && state === "paused" && <Button text="Resume" onClick={() => ask(name, resumeAction(name))} />}
      {!isLive && <Button text="Resume" onClick={() => ask(name, continueAction(name, card.resume))} />}
      {isLive && <Button text="Stop" onClick={() => ask(name, stopAction(name, card.trials.running))} />}
      {isLive && <Button text="Change" onClick={change} />}
      <Button text="Enqueue" onClick={enqueue} />
      <span class="soft small-text">{leftText(card.leftMs)}</span>
    </fieldset>
  );
}

function Button({ text, onClick }: { readonly text: string; readonly onClick: () => void }) {
  return (
    <button type="button" onClick={onClick}>
      {text} …
    </button>
  );
}
