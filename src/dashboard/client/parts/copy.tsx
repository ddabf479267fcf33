import { say } from "../state/app.ts";

/** A text to type elsewhere, with a button that copies it. */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span class="copy">
      <code>{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}

/** A button that copies a text. @param label - What is copied, for people who do not see it. */
export function CopyButton({
  text,
  label,
  children = "copy",
}: {
  readonly text: string;
  readonly label: string;
  readonly children?: string;
}) {
  return (
    <button
      type="button"
      class="small"
      aria-label={`${children}: ${label}`}
      onClick={() => void copy(text, label)}
    >
      {children}
    </button>
  );
}

async function copy(text: string, label: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied: ${label}`);
  } catch {
    say("The browser does not let the page copy: select the text and copy it by hand", true);
  }
}
