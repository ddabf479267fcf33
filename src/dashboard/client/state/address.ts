import { computed, signal } from "@preact/signals";
import { type Query, type Route, readAddress, studyOf, writeAddress } from "./route.ts";

const address = signal({ path: location.pathname, search: location.search });

/** What the page shows, and the rest of the state of that view. */
export const place = computed(() => readAddress(address.value.path, address.value.search));

/** The route alone, which does not change with the query. */
export const route = computed(() => place.value.route);

/** Follows the buttons back and forward of the browser. Call it once. */
export function followHistory(): void {
  addEventListener("popstate", take);
}

/** Shows another view. @param how - `replace`: the button back skips what is shown now. */
export function go(to: string, how: "push" | "replace" = "push"): void {
  if (to === location.pathname + location.search) return;
  if (how === "replace") history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  take();
  if (how === "push") scrollTo(0, 0);
}

/** The address of a route. What has been chosen in a study, such as the filter, goes along to its other views. */
export function addressOf(to: Route, changes: Query = {}): string {
  const { route: from, query } = place.value;
  const stays = studyOf(to) !== null && studyOf(to) === studyOf(from);
  return writeAddress(to, { ...(stays && query), ...changes });
}

/** A value of the query, such as the filter; empty if it is not there. */
export function queryValue(name: string): string {
  return place.value.query[name] ?? "";
}

/**
 * Changes values of the query; an empty one is removed.
 *
 * @param how - @default replace: the button back skips small changes
 */
export function setQuery(changes: Query, how: "push" | "replace" = "replace"): void {
  const { route: to, query } = place.peek();
  go(writeAddress(to, { ...query, ...changes }), how);
}

function take(): void {
  address.value = { path: location.pathname, search: location.search };
}
