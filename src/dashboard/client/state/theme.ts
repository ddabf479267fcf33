import { signal } from "@preact/signals";

/** Light or dark; `auto`: as the system has it. */
export type Theme = "auto" | "light" | "dark";

const KEY = "belay-theme";
const THEMES: readonly Theme[] = ["auto", "light", "dark"];
const system = matchMedia("(prefers-color-scheme: dark)");

/** What the person has chosen. */
export const theme = signal<Theme>(stored());

/** What is shown: plots that have read colours draw again when it changes. */
export const shown = signal<"light" | "dark">("light");

/** Shows the theme, and follows the system where the person has chosen nothing. Call it once. */
export function followTheme(): void {
  system.addEventListener("change", apply);
  theme.subscribe(apply);
}

/** Chooses the next theme, and keeps the choice in this browser. */
export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}

function apply(): void {
  const name = theme.value === "auto" ? (system.matches ? "dark" : "light") : theme.value;
  document.documentElement.dataset.theme = name;
  shown.value = name;
}

function stored(): Theme {
  try {
    const name = localStorage.getItem(KEY);
    return THEMES.find((each) => each === name) ?? "auto";
  } catch {
    return "auto";
  }
}
