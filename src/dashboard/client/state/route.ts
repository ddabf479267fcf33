/** What the page shows, as its address says it. */
export type Route =
  | { readonly view: "studies" }
  | { readonly view: "study" | "plots" | "trials"; readonly study: string }
  | { readonly view: "trial"; readonly study: string; readonly number: number }
  | { readonly view: "compare"; readonly studies: readonly string[] }
  | { readonly view: "unknown" };

/** The rest of the state of a view: the filter, the order of the table, the axes of a plot. Empty values are left out. */
export type Query = Readonly<Record<string, string>>;

/** Reads an address. @param search - With or without its question mark. */
export function readAddress(path: string, search: string): { readonly route: Route; readonly query: Query } {
  const params = new URLSearchParams(search);
  const studies = params.getAll("study");
  params.delete("study");
  return { route: readRoute(path, studies), query: Object.fromEntries(params) };
}

function readRoute(path: string, studies: readonly string[]): Route {
  const [top, name, part, number, ...rest] = path.split("/").filter(Boolean).map(decoded);
  if (top === undefined) return { view: "studies" };
  if (top === "compare" && name === undefined) return { view: "compare", studies: [...new Set(studies)] };
  if (top !== "studies" || rest.length > 0) return { view: "unknown" };
  if (name === undefined) return { view: "studies" };
  if (part === undefined) return { view: "study", study: name };
  if (number === undefined)
    return part === "plots" || part === "trials" ? { view: part, study: name } : { view: "unknown" };
  return part === "trials" && /^\d{1,9}$/.test(number)
    ? { view: "trial", study: name, number: Number(number) }
    : { view: "unknown" };
}

/** The address of a view; the inverse of `readAddress`. */
export function writeAddress(route: Route, query: Query = {}): string {
  const params = new URLSearchParams();
  if (route.view === "compare") for (const study of route.studies) params.append("study", study);
  for (const [key, value] of Object.entries(query)) if (value !== "") params.append(key, value);
  const search = params.size > 0 ? `?${params}` : "";
  return `${pathOf(route)}${search}`;
}

function pathOf(route: Route): string {
  switch (route.view) {
    case "studies":
    case "unknown":
      return "/";
    case "compare":
      return "/compare";
    case "study":
      return `/studies/${encodeURIComponent(route.study)}`;
    case "trial":
      return `/studies/${encodeURIComponent(route.study)}/trials/${route.number}`;
    default:
      return `/studies/${encodeURIComponent(route.study)}/${route.view}`;
  }
}

/** The study that a view is about; null if it is about none, or about several. */
export function studyOf(route: Route): string | null {
  return "study" in route ? route.study : null;
}

/** A text of an address that cannot be decoded stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
