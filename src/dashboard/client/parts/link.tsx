import type { ComponentChildren } from "preact";
import { addressOf, go } from "../state/address.ts";
import type { Query, Route } from "../state/route.ts";

/** A link to a view of the page. @param changes - What of the query is different there; see `addressOf`. */
export function ViewLink(props: {
  readonly to: Route;
  readonly changes?: Query;
  readonly class?: string;
  readonly title?: string;
  readonly isCurrent?: boolean;
  /** Whether it stands for a row, to which the keys j and k go. */
  readonly isRow?: boolean;
  readonly children: ComponentChildren;
}) {
  const { to, changes, isCurrent, isRow, children, ...rest } = props;
  const address = addressOf(to, changes);
  const open = (event: MouseEvent): void => {
    // With a key or another button people open a tab of their own.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(address);
  };
  return (
    <a
      href={address}
      onClick={open}
      aria-current={isCurrent ? "page" : undefined}
      data-row={isRow ? "" : undefined}
      {...rest}
    >
      {children}
    </a>
  );
}

/** A link to a trial, as `#7`. */
export function TrialLink(props: {
  readonly study: string;
  readonly number: number;
  readonly isRow?: boolean;
}) {
  const { study, number, isRow = false } = props;
  return (
    <ViewLink to={{ view: "trial", study, number }} title={`Trial ${number}`} isRow={isRow}>
      #{number}
    </ViewLink>
  );
}
