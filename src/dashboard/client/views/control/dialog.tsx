import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../data/api.ts";
import { CopyText } from "../../parts/copy.tsx";
import { Marked } from "../../parts/section.tsx";
import { command, page, say, ticks } from "../../state/app.ts";
import { lineOf } from "../../state/fault.ts";
import type { Action } from "./action.ts";

/** The dialog that is open: it is made of what it asks. null: none is. */
export const asked = signal<(() => preact.JSX.Element) | null>(null);

/** Asks whether something is to be done. */
export function ask(study: string, action: Action): void {
  asked.value = () => <ActionForm study={study} action={action} />;
}

/** The place of the page in which dialogs open. */
export function Dialogs() {
  const Content = asked.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (Content && !dialog.current?.open) dialog.current?.showModal();
    if (!Content) dialog.current?.close();
  }, [Content]);
  return (
    <dialog ref={dialog} class="action" aria-labelledby="action-title" onClose={close}>
      {Content && <Content />}
    </dialog>
  );
}

function close(): void {
  asked.value = null;
}

/**
 * What will happen, the command that does the same, and the button that does it, if the page may act.
 *
 * @param children - The fields in which people say what exactly is to be done.
 */
export function ActionForm(props: {
  readonly study: string;
  readonly action: Action;
  readonly children?: ComponentChildren;
}) {
  const { study, action, children } = props;
  const { title, text, words, order, button, isDanger } = action;
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const mayAct = page.value?.control === true && order !== null;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!mayAct || isBusy) return;
    setBusy(true);
    try {
      const { message } = await api.order(study, order);
      say(message);
      ticks.value++;
      close();
    } catch (fault) {
      setError(lineOf(fault));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <h2 id="action-title">{title}</h2>
      {children}
      <p>
        <Marked text={text} />
      </p>
      <p class="small-text">
        <span class="soft">In a terminal: </span>
        <CopyText text={action.command ?? command(...words)} label="the command" />
      </p>
      {page.value?.control === false && (
        <p class="small-text soft">
          This page only shows. Started with <code>{command("dashboard", "--control")}</code> it can act as
          well.
        </p>
      )}
      {error !== null && (
        <p class="is-error" role="alert">
          <Marked text={error} />
        </p>
      )}
      <p class="buttons">
        {page.value?.control === true && (order !== null || words[0] === "set") && (
          <button type="submit" class={isDanger ? "danger" : "primary"} disabled={!mayAct || isBusy}>
            {isBusy ? "Asking …" : button}
          </button>
        )}
        <button type="button" onClick={close}>
          {mayAct ? "Cancel" : "Close"}
        </button>
      </p>
    </form>
  );
}
