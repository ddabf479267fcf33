import type { ComponentChildren } from "preact";

/** A part of a view with its heading. */
export function Section(props: {
  readonly id: string;
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const { id, title, aside, children } = props;
  return (
    <section class="section" aria-labelledby={`${id}-title`} id={id}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** What is said where there is nothing to show. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A text in which commands stand in backquotes. */
export function Marked({ text }: { readonly text: string }) {
  const parts = text.split("`");
  // An odd backquote begins nothing.
  if (parts.length % 2 === 0) return <>{text}</>;
  return <>{parts.map((part, i) => (i % 2 === 1 ? <code key={`${i}`}>{part}</code> : part))}</>;
}
