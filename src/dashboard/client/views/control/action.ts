import type { PageOrder } from "../../data/api.ts";
import { spanText } from "../../state/format.ts";

/** Something that a person can have done to a study. */
export interface Action {
  readonly title: string;
  /** What will happen, in sentences. */
  readonly text: string;
  /** The words of the command that does the same, without `belay`. */
  readonly words: readonly string[];
  /** The command as the server has written it. @default made from the words */
  readonly command?: string;
  /** null: only a terminal can do it. */
  readonly order: PageOrder | null;
  /** What the button says. */
  readonly button: string;
  /** Whether work is lost by it. */
  readonly isDanger: boolean;
}

const action = (
  title: string,
  text: string,
  words: readonly string[],
  order: PageOrder | null,
  rest: { readonly button?: string; readonly isDanger?: boolean; readonly command?: string } = {},
): Action => ({ title, text, words, order, button: title, isDanger: false, ...rest });

/** No new trials until the study is resumed. */
export const pauseAction = (study: string): Action =>
  action(
    `Pause ${study}`,
    "No new trials start until the study is resumed. Trials that run go on to their end.",
    ["pause", study],
    { kind: "pause" },
    { button: "Pause" },
  );

/** Ends the pause of a study that its coordinator still holds. */
export const resumeAction = (study: string): Action =>
  action(
    `Resume ${study}`,
    "New trials start again.",
    ["resume", study],
    { kind: "resume" },
    { button: "Resume" },
  );

/** Goes on with a study that nobody runs, which only a terminal can do. */
export const continueAction = (
  study: string,
  resume: { readonly text: string; readonly command: string } | null,
): Action => {
  const does = resume ? `This ${resume.text}.` : "The study goes on from what is recorded.";
  return action(
    `Go on with ${study}`,
    `${does} A run needs a terminal, or a service, that stays: the page cannot be one.`,
    ["resume", study],
    null,
    { button: "Resume", ...(resume && { command: resume.command }) },
  );
};

/** Ends the run cleanly. @param running - How many trials run now. */
export const stopAction = (study: string, running: number): Action =>
  action(
    `Stop ${study}`,
    `No new trials start, and the ${running === 1 ? "one that runs finishes its split" : `${running} that run finish their splits`}. Then the run ends; a resume goes on from there, and nothing is lost.`,
    ["stop", study],
    { kind: "stop" },
    { button: "Stop", isDanger: true },
  );

/** Ends one running trial. */
export const killAction = (study: string, number: number): Action =>
  action(
    `Kill trial ${number}`,
    `Trial ${number} is ended now and fails as \`stopped\`. It is not tried again, and its finished splits stay recorded. The study goes on.`,
    ["kill", study, `${number}`],
    { kind: "kill", number },
    { button: "Kill", isDanger: true },
  );

/** Changes settings of a running study. @param changes - As `belay set` takes them. */
export const setAction = (study: string, changes: readonly string[]): Action =>
  action(
    `Change ${study}`,
    changes.length === 0
      ? "Nothing is changed yet: fill in what is to be different."
      : `${changes.map(changeText).join(" ")} A limit holds for splits and trials that begin from now on.`,
    ["set", study, ...changes],
    changes.length === 0 ? null : { kind: "set", changes },
    { button: "Change" },
  );

const CHANGES: Readonly<Record<string, (value: string) => string>> = {
  workers: (value) =>
    /^\d+$/.test(value)
      ? `At most ${value} trials run at a time.`
      : `The number of trials at a time follows \`${value}\`.`,
  trials: (value) => `The study is to have ${value} trials in all.`,
  splitTimeout: (value) =>
    value === "none"
      ? "A split may take as long as it wants."
      : `A trial is pruned when one of its splits takes longer than ${value}.`,
  trialTimeout: (value) =>
    value === "none"
      ? "A trial may take as long as it wants."
      : `A trial is pruned when it takes longer than ${value}.`,
  memory: (value) => `A trial is pruned when it holds more than ${value}.`,
  reserve: (value) => `The largest trial is pruned when the machine has less than ${value} left.`,
  stop: (value) => (value === "none" ? "No stop rule ends the study." : `The study ends by ${value}.`),
};

function changeText(change: string): string {
  const at = change.indexOf("=");
  const [key, value] = [change.slice(0, at), change.slice(at + 1)];
  return CHANGES[key]?.(value) ?? `${key} becomes ${value}.`;
}

/** Has given params tried next. @param params - Those that are left out are chosen by the sampler. */
export const enqueueAction = (
  study: string,
  params: Readonly<Record<string, unknown>>,
  add: boolean,
): Action => {
  const given = Object.keys(params).length;
  const chosen =
    given === 0 ? "The sampler chooses all params." : "What is left out is chosen by the sampler.";
  return action(
    `Enqueue a trial in ${study}`,
    `A trial of these params runs next. ${chosen} ${add ? "The study gets one trial more." : "It counts towards the study's number of trials."}`,
    ["enqueue", study, JSON.stringify(params), ...(add ? ["--add"] : [])],
    { kind: "enqueue", params, add },
    { button: "Enqueue" },
  );
};

/** Has a finished trial ignored. */
export const invalidateAction = (study: string, number: number, reason: string): Action =>
  action(
    `Invalidate trial ${number}`,
    `Trial ${number} stays recorded and shown, but samplers, pruners and the best value ignore it as if it had not run. It can be undone.`,
    ["invalidate", study, `${number}`, ...(reason === "" ? [] : ["--reason", reason])],
    { kind: "invalidate", number, reason },
    { button: "Invalidate", isDanger: true },
  );

/** Has an invalidated trial count again. */
export const validateAction = (study: string, number: number): Action =>
  action(
    `Count trial ${number} again`,
    `Samplers, pruners and the best value take trial ${number} into account again.`,
    ["invalidate", study, `${number}`, "--undo"],
    { kind: "validate", number, reason: "" },
    { button: "Count it again" },
  );

/** How long a running study is expected to take yet, for the sentence beside its buttons; empty if nobody can tell. */
export function leftText(leftMs: number | null): string {
  return leftMs === null ? "" : `about ${spanText(leftMs)} left`;
}
