import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** Whether the list of keys is shown. */
export const keysShown = signal(false);

const KEYS: readonly (readonly [key: string, meaning: string])[] = [
  ["/", "to the filter or the search"],
  ["j, k", "to the next and the previous row"],
  ["Enter", "opens the row"],
  ["?", "this list"],
  ["Esc", "closes a dialog; leaves a field"],
];

/** Listens to the keys of the page. @returns what ends it. */
export function followKeys(): () => void {
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

/** The keys of the page, in a dialog. */
export function KeyList() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (keysShown.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [keysShown.value]);
  const close = (): void => {
    keysShown.value = false;
  };
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="pairs">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const writes = target.matches("input, textarea, select") || target.isContentEditable;
  if (event.key === "Escape" && writes && !target.closest("dialog")) target.blur();
  if (writes || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
    return;
  if (event.key === "/") {
    const field = document.querySelector<HTMLElement>("[data-filter]");
    if (!field) return;
    event.preventDefault();
    field.focus();
  } else if (event.key === "?") keysShown.value = true;
  else if (event.key === "j" || event.key === "k") toRow(event.key === "j" ? 1 : -1);
}

/** Moves the focus among what stands for the rows of the first table. */
function toRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
  const at = rows.indexOf(document.activeElement?.closest<HTMLElement>("[data-row]") as HTMLElement);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
