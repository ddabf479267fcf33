import type { ComponentChildren } from "preact";

/** Something wide, such as a table, in a frame that scrolls sideways. */
export function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: Keys can scroll what does not fit.
    <section class="scroll-x" tabIndex={0} aria-label={`Table: ${label}`}>
      {children}
    </section>
  );
}
