import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";

/** What people have chosen in plots, by name such as `history.x`. Reading it in a component makes that follow it. */
export interface PlotSettings {
  get(name: string): string | null;
  /** @param value - null: as if it had never been chosen. */
  set(name: string, value: string | null): void;
}

/** Settings that last as long as the page. */
export function localSettings(): PlotSettings {
  const values = signal<Readonly<Record<string, string | null>>>({});
  return {
    get: (name) => values.value[name] ?? null,
    set(name, value) {
      values.value = { ...values.value, [name]: value };
    },
  };
}

/** The settings of a plot: those that it was given, or its own. */
export function useSettings(given: PlotSettings | undefined): PlotSettings {
  const own = useMemo(localSettings, []);
  return given ?? own;
}

/** One of some words that a setting holds; the first if it holds none of them. */
export function oneOf<Word extends string>(
  settings: PlotSettings,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const value = settings.get(name);
  return words.find((word) => word === value) ?? words[0];
}

/** A range of numbers that a setting holds, as `12~40`; null if it holds none. */
export function rangeIn(settings: PlotSettings, name: string): readonly [number, number] | null {
  const parts = settings.get(name)?.split("~").map(Number) ?? [];
  const [low, high] = parts;
  return parts.length === 2 && Number.isFinite(low) && Number.isFinite(high) && low! < high!
    ? [low!, high!]
    : null;
}

/** The text of a range for `rangeIn`. */
export function rangeText(range: readonly [number, number] | null): string | null {
  return range?.map((value) => Number(value.toPrecision(9))).join("~") ?? null;
}

/** An index below `count` that a setting holds. @param otherwise - @default 0 */
export function indexIn(settings: PlotSettings, name: string, count: number, otherwise = 0): number {
  const value = Number(settings.get(name) ?? otherwise);
  return Number.isInteger(value) && value >= 0 && value < count ? value : otherwise;
}
