/** A bar that shows a part of a whole, with its words beside it. */
export function Bar(props: {
  readonly share: number;
  readonly label: string;
  readonly text: string;
  readonly kind?: string;
}) {
  const { share, label, text, kind = "accent" } = props;
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <span class="bar-with-text">
      <span
        class={`bar is-${kind}`}
        role="progressbar"
        aria-label={label}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={text}
      >
        <span style={{ width: `${percent}%` }} />
      </span>
      <span class="bar-text">{text}</span>
    </span>
  );
}

/** How the trials of a study stand, as one bar of several parts. */
export function StackedBar(props: {
  readonly parts: readonly { readonly kind: string; readonly count: number }[];
  readonly total: number;
  readonly label: string;
}) {
  const { parts, total, label } = props;
  return (
    <span class="bar" role="img" aria-label={label}>
      {parts
        .filter(({ count }) => count > 0)
        .map(({ kind, count }) => (
          <span key={kind} class={`is-${kind}`} style={{ width: `${(count / Math.max(1, total)) * 100}%` }} />
        ))}
    </span>
  );
}
